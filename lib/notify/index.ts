export { notify, type NoticeMemory, type NotifyOptions } from './notify.ts'
export { httpSend, type Send, type SendAnswer, type Webhook } from './send.ts'
