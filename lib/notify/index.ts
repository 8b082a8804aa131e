export { notify, type NoticeMemory, type NotifyOptions } from './notify.ts'
export type { Send, SendAnswer } from './send.ts'
