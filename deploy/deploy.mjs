import { runCommand } from './command.mjs'
import { deploy } from './commands/deploy.mjs'
import { processIo } from './io.mjs'

process.exitCode = await runCommand(deploy, process.argv.slice(2), processIo())
