import { command, type CommandEntry } from './command.ts'
import {
  planFlags,
  reconcileFlags,
  rollbackFlags,
  rotateFlags,
  statusFlags,
} from './commands/actions/flags.ts'
import { completionFlags } from './commands/completion/flags.ts'
import { dashboardFlags } from './commands/dashboard/flags.ts'
import { demoFlags } from './commands/demo/flags.ts'
import { doctorFlags } from './commands/doctor/flags.ts'
import { emulatorFlags } from './commands/emulator/flags.ts'
import { explainFlags } from './commands/explain/flags.ts'
import { initFlags } from './commands/init/flags.ts'
import { invokeFlags } from './commands/invoke/flags.ts'
import { keysetFlags } from './commands/keyset/flags.ts'
import { kidFlags } from './commands/kid/flags.ts'
import { probeFlags } from './commands/probe/flags.ts'
import { reportFlags } from './commands/report/flags.ts'
import { schemaFlags } from './commands/schema/flags.ts'

const actions = () => import('./commands/actions/run.ts')

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  command(rotateFlags, async () => (await actions()).rotate),
  command(planFlags, async () => (await actions()).plan),
  command(reconcileFlags, async () => (await actions()).reconcile),
  command(rollbackFlags, async () => (await actions()).rollback),
  command(statusFlags, async () => (await actions()).status),
  command(invokeFlags, async () => (await import('./commands/invoke/run.ts')).runInvoke),
  command(keysetFlags, async () => (await import('./commands/keyset/run.ts')).showKeyset),
  command(initFlags, async () => (await import('./commands/init/run.ts')).runInit),
  command(doctorFlags, async () => (await import('./commands/doctor/run.ts')).runDoctor),
  command(probeFlags, async () => (await import('./commands/probe/run.ts')).runProbe),
  command(explainFlags, async () => (await import('./commands/explain/run.ts')).runExplain),
  command(kidFlags, async () => (await import('./commands/kid/run.ts')).runKid),
  command(dashboardFlags, async () => (await import('./commands/dashboard/run.ts')).runDashboard),
  command(reportFlags, async () => (await import('./commands/report/run.ts')).writeReport),
  command(schemaFlags, async () => (await import('./commands/schema/run.ts')).showSchema),
  command(emulatorFlags, async () => (await import('./commands/emulator/run.ts')).runEmulator),
  command(demoFlags, async () => (await import('./commands/demo/run.ts')).runDemo),
  command(completionFlags, async () => (await import('./commands/completion/run.ts')).runCompletion),
]
