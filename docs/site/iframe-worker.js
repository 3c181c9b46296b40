// Pages opened as files may not start workers; the search then runs in a hidden frame that looks like one.
// (The offline plugin would fetch a script of this purpose, and of this name, from elsewhere.)
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const worker = this
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.started = new Promise(done => {
        frame.onload = () => {
          const inside = frame.contentWindow
          const load = address => new Promise((loaded, failed) => {
            const script = inside.document.createElement("script")
            Object.assign(script, { src: address, onload: loaded, onerror: failed })
            inside.document.body.append(script)
          })
          inside.importScripts = (...addresses) => Promise.all(addresses.map(load))
          inside.postMessage = data => {
            const message = new MessageEvent("message", { data })
            worker.dispatchEvent(message)
            if (worker.onmessage) worker.onmessage(message)
          }
          load(url).then(done)
        }
      })
      frame.srcdoc = "<body></body>"
      document.body.append(frame)
      this.frame = frame
    }
    postMessage(data) {
      this.started.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }
    terminate() { this.frame.remove() }
  }
}
