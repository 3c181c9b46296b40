"""Richards' equation in layered soils as a BMI component, and as an independent reference for LGAR."""
