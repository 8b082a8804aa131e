export * from './limiter.ts'
export * from './retry.ts'
