/** The frame between an assistant's app and a view, on an origin of its own; it passes messages on. */
const inner = document.createElement('iframe')
inner.sandbox.add('allow-scripts')
inner.title = 'content'
inner.style.cssText = 'width: 100%; height: 100%; border: 0'
document.body.style.cssText = 'margin: 0; height: 600px'

window.addEventListener('message', ({ source, data }) => {
  if (source === inner.contentWindow) return window.parent.postMessage(data, '*')
  if (source !== window.parent) return
  if (data.method === 'ui/notifications/sandbox-resource-ready') {
    inner.srcdoc = data.params.html
    document.body.append(inner)
  } else inner.contentWindow?.postMessage(data, '*')
})

window.parent.postMessage(
  { jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready', params: {} },
  '*',
)
