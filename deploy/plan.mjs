import { runCommand } from './command.mjs'
import { plan } from './commands/plan.mjs'
import { processIo } from './io.mjs'

process.exitCode = await runCommand(plan, process.argv.slice(2), processIo())
