import { crash } from './crash.ts'
import type { Part } from './part.ts'

export const PARTS: readonly Part[] = [crash]
