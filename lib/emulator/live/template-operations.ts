import { pageOf } from '../wire/params.ts'
import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import type { LiveLimits } from './limits.ts'
import { domainFor, liveOperation } from './operation.ts'

/** DescribeLiveSnapshotConfig: snapshot templates by application, with their callback URLs. */
export function templateOperations(world: World, limits: LiveLimits): Record<string, Operation> {
  return {
    DescribeLiveSnapshotConfig: liveOperation('DescribeLiveSnapshotConfig', {
      callsPerSecond: limits.DescribeLiveSnapshotConfig,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        const app = params.optional('AppName')
        const pageNum = params.integer('PageNum', 1, 1, 999_999)
        const pageSize = params.integer('PageSize', 10, 5, 30)
        const templates = [...domain.callbackUrls].filter(([name]) => app === null || name === app)
        return {
          PageNum: pageNum,
          PageSize: pageSize,
          Order: 'asc',
          TotalNum: templates.length,
          TotalPage: Math.ceil(templates.length / pageSize),
          LiveStreamSnapshotConfigList: {
            LiveStreamSnapshotConfig: pageOf(templates, pageNum, pageSize).map(([AppName, Callback]) => ({
              DomainName: domain.name,
              AppName,
              TimeInterval: 5,
              OssBucket: 'local-bucket',
              OssEndpoint: 'oss-local.aliyuncs.com',
              SequenceOssObject: '{AppName}/{StreamName}/{UnixTimestamp}.jpg',
              Callback,
            })),
          },
        }
      },
    }),
  }
}
