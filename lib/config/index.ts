export { parseEvent } from './event.ts'
export { loadConfig } from './load.ts'
export { parseConfig } from './parse.ts'
export * from './types.ts'
