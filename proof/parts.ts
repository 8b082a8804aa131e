import { crash } from './crash.ts'
import { faults } from './faults.ts'
import { interleavings } from './interleavings.ts'
import type { Part } from './part.ts'
import { rate } from './rate.ts'
import { receivers } from './receivers.ts'
import { scale } from './scale.ts'
import { secrecy } from './secrecy.ts'
import { sigkill } from './sigkill.ts'

export const PARTS: readonly Part[] = [crash, sigkill, interleavings, faults, rate, scale, secrecy, receivers]
