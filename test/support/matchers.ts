import { expect } from 'vitest'

// Vitest types its matchers as `any`; these are what they really are to a reader of the type.
export const anyNumber: unknown = expect.any(Number)
export const anyText: unknown = expect.any(String)
