import { lookup } from 'node:dns/promises'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plan } from '../../deploy/commands/plan.mjs'
import { processIo } from '../../deploy/io.mjs'
import { CONFIG, Project } from './project.ts'

/** Lets every Node.js process append the commands that it starts to the file $STARTED. */
const NOTE_STARTED = `--import=data:text/javascript,${encodeURIComponent(`
  import { ChildProcess } from 'node:child_process'
  import { appendFileSync } from 'node:fs'
  const { spawn } = ChildProcess.prototype
  ChildProcess.prototype.spawn = function (options) {
    appendFileSync(process.env.STARTED, options.args.join(' ') + '\\n')
    return spawn.call(this, options)
  }
`)}`

describe('npm run deploy:plan -- --offline', () => {
  let project: Project
  beforeEach(() => {
    project = new Project()
  })
  afterEach(() => {
    project.remove()
  })

  const offline = (...args: string[]) => project.run(plan, ['--offline', ...args])

  /** Makes four fields of s.yaml wrong. */
  const mistype = () => {
    project.edit('Asia/Shanghai 0 5 4 1 * *', 'Asia/Shanghai 0 5 4 1 *')
    project.edit('maxAsyncRetryAttempts: 2\n', '\n')
    project.edit('    RECEIVER_SECRET: ', '    RECEIVER_RETRIES: 5\n    RECEIVER_SECRET: ')
    project.edit('internetAccess: true', 'internetAcess: true')
  }

  it(
    'exits 0 for s.yaml as it is, builds what is missing, calls nobody, and leaves nothing behind',
    { tags: 'slow' },
    async () => {
      rmSync(join(project.root, 'dist/functions/receive'), { recursive: true })
      project.buildBy('node build.cjs')
      project.write(
        'build.cjs',
        "const fs = require('node:fs'); fs.mkdirSync('dist/functions/receive'); for (const name of ['index.js', 'bundle.js']) fs.writeFileSync('dist/functions/receive/' + name, '')",
      )
      const started = join(project.root, 'started.txt')
      const { code, stdout, stderr } = await project.type('node deploy/plan.mjs --offline', {
        NODE_OPTIONS: NOTE_STARTED,
        STARTED: started,
        // Vitest says `test`, and then `s` starts nothing in the background anyway.
        NODE_ENV: undefined,
      })
      expect(stderr).toBe('Building: npm run build\n')
      expect(code).toBe(0)
      expect(stdout).toMatch(
        /^ {2}upload \.\/dist\/functions\/rotate: bundle\.js \d+\.\d kB, index\.js \d+\.\d kB, rotation\.yaml \d+\.\d kB$/m,
      )
      expect(stdout).toContain('upload ./dist/functions/receive: bundle.js 0.0 kB, index.js 0.0 kB')
      expect(stdout).toMatch(
        /^ {2}timer rotate: {"action":"rotate"} at CRON_TZ=Asia\/Shanghai .* \(next: .*Z\)$/m,
      )
      expect(stdout).toContain(
        'still an example: resources.receiver.props.environmentVariables.RECEIVER_HOST',
      )
      expect(stdout).toMatch(/s\.yaml is fine\.\n$/)
      expect(readdirSync(project.home)).toEqual([])
      const ofServerlessDevs = project
        .read('started.txt')
        .split('\n')
        .filter((line) => line.includes('@serverless-devs'))
      expect(ofServerlessDevs).toEqual([expect.stringMatching(/bin.s preview /)])
    },
  )

  it('names every wrong field in one run', async () => {
    mistype()
    const { code, stdout, stderr } = await offline()
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

  it('reads rotation.yaml as the function does, and names every wrong line', async () => {
    mistype()
    project.configure(
      CONFIG.replace('cn-shanghai', 'Shanghai').replace('domains: [live1.live.test]', 'domain: []'),
    )
    const { code, stdout, stderr } = await offline()
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^resources\.rotator\.props\.internetAcess /m)
    expect(stderr).toMatch(/^rotation\.yaml:1: region must be /m)
    expect(stderr).toMatch(/^rotation\.yaml:2: groups\[0\]\.domain /m)
  })

  it('reads the variables as the functions do', async () => {
    project.edit('LOG_LEVEL: ', 'ROTATOR_LIVE_ENDPOINT: live.aliyuncs.com\n        LOG_LEVEL: ')
    project.edit("'RECEIVER_QUARANTINED', 'refuse'", "'RECEIVER_QUARANTINED', 'drop'")
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^resources\.rotator\.props\.environmentVariables: ROTATOR_LIVE_ENDPOINT must be a server such as /,
      ),
      'resources.receiver.props.environmentVariables: RECEIVER_QUARANTINED must be forward or refuse',
    ])
  })

  it('reads the lists of domains beside rotation.yaml, wherever it runs', async () => {
    project.configure(CONFIG.replace('domains: [live1.live.test]', 'domainsFile: domains.txt'))
    project.write('domains.txt', 'live1.live.test\nno domain\n')
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^domains\.txt:2: a line must be .*\n$/)
  })

  it('refuses to upload an outdated rotation.yaml', async () => {
    project.write('rotation.yaml', CONFIG.replace('live1', 'live2'))
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr).toBe(
      'resources.rotator.props.code holds an older rotation.yaml than the one beside s.yaml; allowed: npm run build\n',
    )
  })

  it('says that rotation.yaml is still the example', async () => {
    project.configure(CONFIG.replace('live.test', 'example.com'))
    const { code, stdout } = await offline()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}still an example: rotation\.yaml$/m)
  })

  it('says if there is no rotation.yaml', async () => {
    rmSync(join(project.root, 'rotation.yaml'))
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr).toContain('rotation.yaml cannot be read (there is no such file)')
  })

  it('passes on what Serverless Devs says about an unknown variable', async () => {
    project.edit("region: ${env('REGION', 'cn-shanghai')}", "region: ${env('REGION_OF_NOWHERE')}")
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr).toContain('REGION_OF_NOWHERE')
    expect(stderr).not.toContain('Logs:')
  })

  it('refuses a region other than that of rotation.yaml', async () => {
    const { code, stderr } = await project.run(plan, ['--offline'], { REGION: 'cn-beijing' })
    expect(code).toBe(1)
    expect(stderr).toBe(
      'resources.rotator.props.region is cn-beijing, and rotation.yaml says cn-shanghai; allowed: the same region in both: set REGION, or region in rotation.yaml\n',
    )
  })

  it('accepts another template that extends s.yaml, with its own domain', async () => {
    project.write(
      'own.yaml',
      [
        'edition: 3.0.0',
        'name: own',
        'extend: s.yaml',
        'resources:',
        '  rotator: { component: fc3@0.1.23, props: { memorySize: 512, vpcConfig: auto } }',
        '  hooks:',
        '    component: fc3-domain@0.0.31',
        '    props:',
        '      region: cn-shanghai',
        '      domainName: hooks.live.test',
        '      protocol: HTTP',
        '      routeConfig: { routes: [{ path: /*, functionName: live-key-receiver }] }',
        '',
      ].join('\n'),
    )
    const { code, stdout, stderr } = await offline('-t', 'own.yaml')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^rotator: .* 512 MB, /m)
    expect(stdout).toMatch(/own\.yaml is fine\.\n$/)
  })

  it('says that there is no network, what it needs, and that it asked nothing', async () => {
    const { code, stderr } = await project.run(plan, [])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^fcv3\.cn-shanghai\.aliyuncs\.com cannot be looked up: .* Nothing was asked\.$/m)
    expect(stderr).toContain('npm run deploy:plan -- --offline')
  })

  it('exits 2 for an unknown option', async () => {
    const { code, stderr } = await offline('--ofline')
    expect(code).toBe(2)
    expect(stderr).toContain('npm run deploy:plan [-- [-t FILE] [--offline]]')
  })

  it('says if there is no s.yaml', async () => {
    rmSync(join(project.root, 's.yaml'))
    const { code, stderr } = await offline()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^There is no s\.yaml in .*\n$/)
  })
  it('looks names up as the machine does', () => {
    expect(processIo().lookup).toBe(lookup)
  })
})
