import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Project } from './project.ts'

describe('npm run deploy:plan -- --offline', { timeout: 60_000 }, () => {
  let project: Project
  beforeEach(() => {
    project = new Project()
  })
  afterEach(() => {
    project.remove()
  })

  const plan = (...args: string[]) => project.run('plan', ['--offline', ...args])

  it('exits 0 for s.yaml as it is, builds what is not built, and leaves nothing behind', async () => {
    rmSync(join(project.root, 'dist/functions/receive'), { recursive: true })
    project.write('package.json', JSON.stringify({ scripts: { build: 'node build.cjs' } }))
    project.write(
      'build.cjs',
      "const fs = require('node:fs'); fs.mkdirSync('dist/functions/receive'); for (const name of ['index.js', 'bundle.js']) fs.writeFileSync('dist/functions/receive/' + name, '')",
    )
    const { code, stdout, stderr } = await plan()
    expect(stderr).toBe('Building: npm run build\n')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^ {2}upload \.\/dist\/functions\/rotate: bundle\.js \d+\.\d kB, index\.js \d+\.\d kB, rotation\.yaml \d+\.\d kB$/m,
    )
    expect(stdout).toContain('upload ./dist/functions/receive: bundle.js 0.0 kB, index.js 0.0 kB')
    expect(stdout).toMatch(
      /^ {2}timer rotate: {"action":"rotate"} at CRON_TZ=Asia\/Shanghai .* \(next: .*Z\)$/m,
    )
    expect(stdout).toContain('still an example: resources.receiver.props.environmentVariables.RECEIVER_HOST')
    expect(stdout).toMatch(/s\.yaml is fine\.\n$/)
    expect(readdirSync(project.home)).toEqual([])
  })

  it('names every field that is wrong, in one run', async () => {
    project.edit('Asia/Shanghai 0 5 4 1 * *', 'Asia/Shanghai 0 5 4 1 *')
    project.edit('maxAsyncRetryAttempts: 2\n', '\n')
    project.edit('RECEIVER_SECRET: ', 'RECEIVER_RETRIES: 5\n        RECEIVER_SECRET: ')
    project.edit('internetAccess: true', 'internetAcess: true')
    const { code, stdout, stderr } = await plan()
    expect(code).toBe(1)
    expect(stdout).toBe('')
    const fields = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ', 1)[0])
    expect(fields.toSorted()).toEqual([
      'resources.receiver.props.environmentVariables.RECEIVER_RETRIES',
      'resources.rotator.props.asyncInvokeConfig.maxAsyncRetryAttempts',
      'resources.rotator.props.internetAcess',
      'resources.rotator.props.triggers[0].triggerConfig.cronExpression',
    ])
    expect(readdirSync(project.home)).toEqual([])
  })

  it('passes on what Serverless Devs says of a variable that it does not know', async () => {
    project.edit("region: ${env('REGION', 'cn-shanghai')}", "region: ${env('REGION_OF_NOWHERE')}")
    const { code, stderr } = await plan()
    expect(code).toBe(1)
    expect(stderr).toContain('REGION_OF_NOWHERE')
    expect(stderr).not.toContain('Logs:')
  })

  it('exits 2 for an option that it does not know', async () => {
    const { code, stderr } = await plan('--ofline')
    expect(code).toBe(2)
    expect(stderr).toContain('npm run deploy:plan [-- --offline]')
  })

  it('says so where there is no s.yaml', async () => {
    rmSync(join(project.root, 's.yaml'))
    const { code, stderr } = await plan()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^There is no s\.yaml in .*\n$/)
  })
})
