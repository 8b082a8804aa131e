import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { KEYSET_MAX_BYTES } from '../../lib/keyset/room.ts'
import type { NoticeMemory } from '../../lib/notify/notify.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import { DAY, groupConfig, HOUR, MINUTE, rotationConfig } from '../support/model-cloud.ts'
import { NotifyWorld, WEBHOOK } from './support.ts'

const DENIED = { query: new RotatorError('denied', 'no permission for the domain') }

let world: NotifyWorld
beforeEach(async () => {
  world = new NotifyWorld()
  world.cloud.pushAfterSet = false
  await world.invoke({ action: 'rotate' })
  await world.clock.advance(20 * MINUTE)
  await world.invoke()
  expect(world.told).toEqual([])
})

const notices = (): unknown => world.cloud.keyset?.extra['notices']

describe('a quiet run', () => {
  it('saves nothing and reads nothing beyond what the run reads', async () => {
    const saves = world.saves()
    const process = world.cloud.process()
    await world.invoke({}, { process })
    expect(process.calls['load']).toBe(1)
    expect(world.saves()).toBe(saves)
    expect(notices()).toBeUndefined()
  })

  it('stays quiet while a cause that was told persists', async () => {
    world.cloud.broken.set('live2.example.com', DENIED)
    await world.invoke()
    await world.invoke()
    const saves = world.saves()
    const process = world.cloud.process()
    await world.invoke({}, { process })
    expect(process.calls['load']).toBe(1)
    expect(world.saves()).toBe(saves)
  })

  it('includes any run without webhooks', async () => {
    world.config = rotationConfig()
    world.cloud.broken.set('live2.example.com', DENIED)
    const saves = world.saves()
    await world.invoke()
    await world.invoke()
    expect(world.saves()).toBe(saves)
  })
})

describe('an incomplete run', () => {
  it('is told once after two in a row, and again if it recurs', async () => {
    world.cloud.broken.set('live2.example.com', DENIED)
    await world.invoke()
    expect(world.causes()).toEqual([])
    expect(notices()).toMatchObject([{ cause: 'domainFailed:live2.example.com', count: 1, toldAt: null }])
    await world.invoke()
    await world.invoke()
    expect(world.causes()).toEqual(['domainFailed live2.example.com'])
    expect(world.told[0]?.message).toContain('live2.example.com')
    expect(world.told[0]?.message).toContain('apply.tolerate')

    world.cloud.broken.clear()
    await world.invoke()
    expect(notices()).toBeUndefined()
    world.cloud.broken.set('live2.example.com', DENIED)
    await world.invoke()
    await world.invoke()
    expect(world.causes()).toHaveLength(2)
  })

  it('is told for each domain separately', async () => {
    world.cloud.broken.set('live2.example.com', DENIED)
    await world.invoke()
    await world.invoke()
    world.cloud.broken.set('live3.example.com', DENIED)
    await world.invoke()
    await world.invoke()
    world.cloud.broken.delete('live2.example.com')
    await world.invoke()
    expect(world.causes()).toEqual(['domainFailed live2.example.com', 'domainFailed live3.example.com'])
    expect(notices()).toMatchObject([{ cause: 'domainFailed:live3.example.com' }])
  })

  it('is one message for very many domains, however their number fluctuates', async () => {
    const domains = Array.from({ length: 40 }, (_, index) => `live${index + 1}.example.com`)
    for (const domain of domains) world.cloud.domains.set(domain, { enabled: true, key: Key.generate() })
    world.config = { ...rotationConfig(groupConfig({ domains })), notify: [WEBHOOK] }
    await world.invoke()
    world.told.length = 0
    for (const failing of [40, 40, 6, 5, 2, 7, 1, 5]) {
      world.cloud.broken.clear()
      for (const domain of domains.slice(0, failing)) world.cloud.broken.set(domain, DENIED)
      await world.invoke()
    }
    expect(world.causes()).toEqual(['domainFailed'])
    expect(world.told[0]?.message).toContain('40 of 40 domains fail, such as live1.example.com (denied)')
    expect(JSON.stringify(notices()).length).toBeLessThan(200)
  })

  it('reports receivers that refuse, not the domains that it did not reach', async () => {
    const group = groupConfig({ probes: ['https://hooks.example.com/live?token=hidden'] })
    world.config = { ...rotationConfig(group), notify: [WEBHOOK] }
    world.cloud.probeAnswer = () => ({ accepted: false, detail: 'it answered 401' })
    await world.clock.advance(HOUR)
    await world.invoke({ action: 'rotate' })
    await world.invoke()
    await world.invoke()
    expect(world.causes()).toEqual(['receiversRefuse'])
    expect(world.told[0]?.message).toContain('https://hooks.example.com/live (it answered 401)')
    expect(world.told[0]?.message).not.toContain('hidden')
  })
})

describe('drift', () => {
  const switchOff = (domain: string): void => {
    const key = world.cloud.domains.get(domain)?.key ?? null
    world.cloud.domains.set(domain, { enabled: false, key })
  }

  it('is told at once for each untrusted key that somebody has set', async () => {
    for (const domain of ['live1.example.com', 'live2.example.com'])
      world.cloud.domains.set(domain, { enabled: true, key: Key.generate() })
    await world.invoke()
    const told = world.causes()
    expect(told).toHaveLength(2)
    expect(told.join()).toMatch(/^keyFound [0-9a-f]{12},keyFound [0-9a-f]{12}$/)
    expect(world.told[0]?.message).toMatch(/found, not trusted.*Find out who set it/)
    await world.invoke()
    expect(world.causes()).toEqual(told)
  })

  it('is told once each time, even if somebody does it again and again', async () => {
    const drift = (): void => switchOff('live1.example.com')
    drift()
    await world.invoke()
    drift()
    await world.invoke()
    drift()
    await world.invoke()
    expect(world.causes()).toEqual(['driftRepaired live1.example.com'])
    await world.invoke()
    drift()
    await world.invoke()
    expect(world.causes()).toHaveLength(2)
  })

  it('is told late if no webhook could be reached', async () => {
    world.reachable = false
    switchOff('live1.example.com')
    await world.invoke()
    await world.invoke()
    expect(world.log).toContainEqual(expect.objectContaining({ event: 'notNotified', level: 'warn' }))
    world.reachable = true
    await world.invoke()
    await world.invoke()
    expect(world.causes()).toEqual(['driftRepaired live1.example.com'])
    expect(notices()).toBeUndefined()
  })
})

describe('overlap.max', () => {
  it('is told with the streams that it cuts off', async () => {
    world.cloud.push('live3.example.com', 'endless')
    await world.invoke({ action: 'rotate', force: true })
    await world.clock.advance(20 * DAY)
    await world.invoke()
    expect(world.causes()).toEqual([])
    await world.clock.advance(11 * DAY)
    const { warnings } = await world.invoke()
    await world.invoke()
    expect(warnings.join()).toContain('overlap.max')
    expect(world.causes()).toEqual([expect.stringMatching(/^overlapMax [0-9a-f]{12}$/)])
    expect(world.told[0]?.message).toContain('live3.example.com/app/endless')
  })
})

describe('a gap between the clocks', () => {
  it('is told once if the next run meets it too, and again if it recurs', async () => {
    await world.invoke()
    for (const ahead of [5 * MINUTE, 5 * MINUTE, 6 * MINUTE, 0, 5 * MINUTE, 5 * MINUTE]) {
      world.cloud.aheadMs = ahead
      await world.invoke()
      await world.clock.advance(HOUR)
    }
    expect(world.causes()).toEqual(['clocksDisagree', 'clocksDisagree'])
    expect(world.told[0]?.message).toMatch(/300 s ahead of the clock of this machine.*NTP/)
  })
})

describe('an emergency', () => {
  it('is told once when it is done', async () => {
    const report = await world.invoke({ action: 'rotate', emergency: true, id: 'leak' })
    await world.invoke()
    await world.invoke({ action: 'rotate', emergency: true, id: 'leak' })
    expect(world.causes()).toEqual([`emergencyDone ${report.kid ?? ''}`])
    expect(world.told[0]?.message).toContain('3 of 3 domains')
  })

  it('is told by the next run if the first was killed after its last effect', async () => {
    await world.invoke({ action: 'rotate', emergency: true }, { killed: true })
    expect(world.causes()).toEqual([])
    const report = await world.invoke()
    expect(world.causes()).toEqual([`emergencyDone ${report.kid ?? ''}`])
  })

  it('is told at once if it is not finished, and again when it is', async () => {
    world.cloud.broken.set('live2.example.com', DENIED)
    const { kid } = await world.invoke({ action: 'rotate', emergency: true })
    expect(world.causes()).toEqual(['domainFailed live2.example.com'])
    expect(world.told[0]?.message).toMatch(/^EMERGENCY NOT FINISHED/)
    await world.invoke()
    world.cloud.broken.clear()
    await world.invoke()
    await world.invoke()
    expect(world.causes().slice(1)).toEqual([`emergencyDone ${kid ?? ''}`])
  })
})

describe('a failed run', () => {
  const down = (): Promise<never> => Promise.reject(new RotatorError('unavailable', 'KMS does not answer'))
  const noLoad = (ports: GroupPorts): GroupPorts => ({ ...ports, keysets: { ...ports.keysets, load: down } })
  const noSave = (ports: GroupPorts): GroupPorts => ({ ...ports, keysets: { ...ports.keysets, save: down } })

  it('is told once by a warm instance even if nothing can be read, and again if it recurs', async () => {
    const memory: NoticeMemory = new Map()
    await world.invoke({}, { memory, ports: noLoad })
    await world.invoke({}, { memory, ports: noLoad })
    expect(world.causes()).toEqual(['failed unavailable'])
    expect(world.told[0]?.message).toContain('KMS does not answer')
    await world.invoke({}, { memory })
    expect(memory.size).toBe(0)
    await world.invoke({}, { memory, ports: noLoad })
    expect(world.causes()).toHaveLength(2)
  })

  it('is told once by a warm instance even if nothing can be saved', async () => {
    const memory: NoticeMemory = new Map()
    world.cloud.broken.set('live2.example.com', DENIED)
    for (let run = 0; run < 4; run++) await world.invoke({}, { memory, ports: noSave })
    expect(world.causes()).toEqual(['domainFailed live2.example.com'])
    await world.invoke({}, { memory })
    expect(notices()).toMatchObject([{ cause: 'domainFailed:live2.example.com' }])
    expect(memory.size).toBe(0)
    await world.invoke()
    expect(world.causes()).toHaveLength(1)
  })

  it('is recorded if the document can be read although the run could not begin', async () => {
    const group = groupConfig()
    const other = groupConfig({ name: 'other', secret: 'live/other' })
    world.config = { ...rotationConfig(group, other), notify: [WEBHOOK] }
    await world.invoke({ group: 'default' })
    await world.invoke({ group: 'default' })
    expect(world.causes()).toEqual(['failed config'])
    expect(notices()).toMatchObject([{ cause: 'failed:config' }])
  })

  it('creates no first document', async () => {
    const fresh = new NotifyWorld()
    await fresh.invoke({}, { ports: noSave })
    expect(fresh.causes()).toEqual(['failed unavailable'])
    expect(fresh.saves()).toBe(0)
  })

  it('is told for all groups in time if KMS never answers', async () => {
    const hang = (ports: GroupPorts): GroupPorts => {
      let loads = 0
      const load = (): ReturnType<typeof ports.keysets.load> =>
        ++loads > 1 ? new Promise(() => undefined) : down()
      return { ...ports, keysets: { ...ports.keysets, load } }
    }
    const opened = new Map<string, GroupPorts>()
    const started = world.clock.now()
    await world.invoke(
      {},
      {
        ports: (ports) => {
          const known = opened.get('default') ?? hang(ports)
          opened.set('default', known)
          return known
        },
      },
    )
    expect(world.causes()).toEqual(['failed unavailable'])
    expect(world.clock.now() - started).toBeLessThan(20_000)
  })

  it('is not told for a run that only looked', async () => {
    await world.invoke({ action: 'status' }, { ports: noLoad })
    await world.invoke({ action: 'rotate', dryRun: true }, { ports: noLoad })
    expect(world.causes()).toEqual([])
  })
})

describe('the document', () => {
  it('keeps its other extra fields, and room for an emergency', async () => {
    const { cloud } = world
    const last = cloud.documents.at(-1)
    if (!last) throw new Error('no document')
    const text = JSON.stringify({
      ...(JSON.parse(last.text) as object),
      owner: 'video',
      notices: 'of another',
    })
    cloud.documents.push({ ...last, text })
    cloud.broken.set('live2.example.com', DENIED)
    await world.invoke()
    await world.invoke()
    expect(world.causes()).toHaveLength(1)
    expect(cloud.keyset?.extra).toMatchObject({ owner: 'video', notices: [{ count: 2 }] })

    const room = KEYSET_MAX_BYTES - Buffer.byteLength(last.text) - 520
    const full = JSON.stringify({ ...(JSON.parse(last.text) as object), filler: 'x'.repeat(room) })
    cloud.documents.splice(0, cloud.documents.length, { ...last, text: full })
    const memory: NoticeMemory = new Map()
    for (let run = 0; run < 3; run++) await world.invoke({}, { memory })
    expect(world.causes()).toHaveLength(2)
    expect(world.log).toContainEqual(expect.objectContaining({ event: 'noticesNotSaved' }))
  })
})
