export * from './document.ts'
export * from './key.ts'
export * from './keyset.ts'
export * from './signature.ts'
