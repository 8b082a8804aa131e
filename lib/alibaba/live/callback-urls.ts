import type { Credentials } from '../transport/credentials.ts'
import { plainRead } from '../transport/plain-call.ts'

/** DescribeLiveSnapshotConfig allows 5 to 30. */
const PAGE_SIZE = 30

/**
 * The callback URLs of a domain's snapshot templates, by AddLiveAppSnapshotConfig: SetSnapshotCallbackAuth signs these
 * callbacks. Makes one call per 30 applications (DescribeLiveSnapshotConfig).
 *
 * @throws RotatorError `denied`, `notFound`, or another error of the call.
 */
export async function callbackUrls(
  domain: string,
  endpoint: string,
  credentials: Credentials,
): Promise<string[]> {
  const urls = new Set<string>()
  for (let page = 1, pages = 1; page <= pages; page++) {
    const answer = await plainRead(
      {
        product: 'live',
        endpoint,
        action: 'DescribeLiveSnapshotConfig',
        params: { DomainName: domain, PageNum: String(page), PageSize: String(PAGE_SIZE) },
        credentials,
      },
      `domain ${domain}`,
    )
    for (const template of answer.list('LiveStreamSnapshotConfigList', 'LiveStreamSnapshotConfig')) {
      const url = template.optionalText('Callback')
      if (url !== '') urls.add(url)
    }
    pages = answer.count('TotalPage')
  }
  return [...urls]
}
