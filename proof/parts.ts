import { crash } from './crash.ts'
import { interleavings } from './interleavings.ts'
import type { Part } from './part.ts'
import { rate } from './rate.ts'
import { scale } from './scale.ts'

export const PARTS: readonly Part[] = [crash, interleavings, rate, scale]
