import { expectTypeOf, it } from 'vitest'
import type { CacheOptions, Clock, HookContext, Random, VerifierOptions } from '../../lib/receiver/index.ts'

// Checked by the compiler.
it('names the types of its options', () => {
  expectTypeOf<CacheOptions['clock']>().toEqualTypeOf<Clock | undefined>()
  expectTypeOf<CacheOptions['random']>().toEqualTypeOf<Random | undefined>()
  expectTypeOf<HookContext>().toEqualTypeOf<Parameters<NonNullable<VerifierOptions['onRejected']>>[1]>()
})
