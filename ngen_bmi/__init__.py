"""What BMI components share: base class, variable table, water ledger, configuration errors."""
