/** An assistant's app in the browser: the official bridge, and the view in a frame of a frame. */
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge'
import type { AssistantOptions, AssistantRecord } from './assistant.ts'

declare global {
  interface Window {
    callTool(params: unknown): Promise<{ content: [] }>
    record: AssistantRecord
    bridge: AppBridge
    start(sandbox: string, html: string, options: AssistantOptions): Promise<void>
  }
}

window.record = { isInitialized: false, sizes: [], contexts: [], messages: [] }

window.start = async (sandbox, html, { capabilities = { serverTools: {} }, context = {} }) => {
  const bridge = new AppBridge(null, { name: 'assistant', version: '1' }, capabilities, {
    hostContext: context,
  })
  window.bridge = bridge
  const { record } = window
  bridge.onsandboxready = () => void bridge.sendSandboxResourceReady({ html })
  bridge.oninitialized = () => {
    record.isInitialized = true
  }
  bridge.onsizechange = ({ height = 0 }) => void record.sizes.push(height)
  bridge.oncalltool = (params) => window.callTool(params)
  bridge.onupdatemodelcontext = async ({ content }) => {
    record.contexts.push(content)
    return {}
  }
  bridge.onmessage = async ({ content }) => {
    record.messages.push(content)
    return {}
  }
  const frame = document.createElement('iframe')
  frame.sandbox.add('allow-scripts')
  frame.title = 'view'
  frame.style.cssText = 'width: 100%; height: 600px; border: 0'
  document.body.append(frame)
  const target = frame.contentWindow as Window
  await bridge.connect(new PostMessageTransport(target, target))
  frame.src = sandbox
}
