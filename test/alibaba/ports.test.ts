import { expect, it } from 'vitest'
import type { Alibaba, AlibabaOptions, GroupAccess } from '../../lib/alibaba/index.ts'
import type { RotationConfig } from '../../lib/config/types.ts'
import type { GroupPorts, Log, RotationEnvironment } from '../../lib/rotation/ports.ts'

it('gives the rotation its ports', () => {
  // The types are the test: lib/alibaba may not look up to lib/rotation, so its shapes are compared here.
  const ports = (access: GroupAccess): GroupPorts => access
  const open = (alibaba: Alibaba): RotationEnvironment['open'] => alibaba.open
  const config = (whole: RotationConfig): AlibabaOptions['config'] => whole
  const log = (ours: Log): NonNullable<AlibabaOptions['log']> => ours
  expect([ports, open, config, log]).toHaveLength(4)
})
