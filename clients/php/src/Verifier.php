<?php

declare(strict_types=1);

namespace LiveKey;

/** Verifies the two headers of a callback against the keyset of a cache. */
final class Verifier
{
    /** @var string[] */
    private array $hosts;

    /**
     * @param string|string[] $host that of the callback URL as it is configured in Live, with its port if it has one, or
     *   several; never the request's Host header, which the sender chooses
     * @param int $tolerance how far the timestamp may be from now, in seconds, both ways
     */
    public function __construct(private KeysetCache $keyset, string|array $host, private int $tolerance = 300)
    {
        $this->hosts = Signature::hosts($host);
        if ($tolerance < 0 || $tolerance > 86_400) {
            throw new \InvalidArgumentException('tolerance must be 0 to 86,400 seconds');
        }
    }

    /**
     * Lets a request in, or answers it:
     *
     * - a probe of the rotator: 204 with the evidence of who has answered when its signature is accepted, otherwise 401;
     * - rejected: 401, and no word of why;
     * - no keyset to verify with: 503, for 401 would say that the callback is forged;
     * - else the callback.
     *
     * @param array<string, mixed> $server $_SERVER, or what a framework has for it
     */
    public function admit(array $server): Answer|Callback
    {
        $header = static fn (string $name): string => is_string($server[$name] ?? null) ? $server[$name] : '';
        return $this->admitHeaders(
            $header('HTTP_ALI_LIVE_TIMESTAMP'),
            $header('HTTP_ALI_LIVE_SIGNATURE'),
            $header('HTTP_X_LIVE_KEY_PROBE'),
        );
    }

    /** The same by the three headers, each '' when missing: PSR-7's getHeaderLine(). */
    public function admitHeaders(string $timestamp, string $signature, string $probe): Answer|Callback
    {
        $isProbe = $probe === '1';
        try {
            $found = $this->verify($timestamp, $signature, probe: $isProbe);
        } catch (KeysetUnavailable) {
            return new Answer(503, ['Retry-After' => '1']);
        }
        if ($isProbe && $found->verdict === 'accepted' && $found->keyset !== null) {
            return new Answer(204, [
                'X-Live-Key-Instance' => $this->keyset->instance(),
                'X-Live-Key-Lineage' => $found->keyset->lineage,
                'X-Live-Key-Revision' => (string) $found->keyset->revision,
            ]);
        }
        if ($isProbe || $found->verdict === 'rejected') {
            return new Answer(401);
        }
        return new Callback($found->verdict, (string) $found->kid, (string) $found->state, $timestamp, $signature);
    }

    /**
     * Verifies the two headers, null when missing. Waits only while the keyset has to be read.
     *
     * @param ?int $now the time to verify at, in Unix seconds
     * @param bool $probe it is the rotator's probe: an unknown key is looked up under a cooldown of its own
     * @throws KeysetUnavailable when there is no keyset to verify with: answer 503, never 401
     */
    public function verify(?string $timestamp, ?string $signature, ?int $now = null, bool $probe = false): Verification
    {
        $timestamp ??= '';
        $signature ??= '';
        $fault = $this->fault($timestamp, $signature, $now ?? time());
        if ($fault !== null) {
            return new Verification('rejected', reason: $fault);
        }
        $tried = $this->keyset->peek();
        $found = $tried === null ? null : $this->find($tried, $timestamp, $signature);
        if ($found !== null) {
            return $found;
        }
        if ($tried !== null) {
            $this->keyset->refresh($probe);
        }
        $found = $this->find($this->keyset->load(), $timestamp, $signature);
        $reason = $this->keyset->isFresh() ? 'unknownSignature' : 'staleKeyset';
        return $found ?? new Verification('rejected', reason: $reason);
    }

    private function fault(string $timestamp, string $signature, int $now): ?string
    {
        if ($timestamp === '') {
            return 'missingTimestamp';
        }
        if (!preg_match('/^[1-9][0-9]{0,10}$/D', $timestamp)) {
            return str_contains($timestamp, ',') ? 'repeatedTimestamp' : 'malformedTimestamp';
        }
        $age = $now - (int) $timestamp;
        if (abs($age) > $this->tolerance) {
            return $age > 0 ? 'tooOld' : 'tooNew';
        }
        if ($signature === '') {
            return 'missingSignature';
        }
        if (!preg_match('/^[0-9a-f]{32}$/Di', $signature)) {
            return str_contains($signature, ',') ? 'repeatedSignature' : 'malformedSignature';
        }
        return null;
    }

    /** Every key is tried, with every host and in constant time, whichever matches: the time taken tells nothing. */
    private function find(Keyset $keyset, string $timestamp, string $signature): ?Verification
    {
        $given = strtolower($signature);
        $found = null;
        foreach ($this->hosts as $host) {
            foreach ($keyset->keys() as $entry) {
                if (hash_equals(Signature::sign($host, $timestamp, $entry['key']), $given)) {
                    $found = $entry;
                }
            }
        }
        if ($found === null) {
            return null;
        }
        $verdict = $found['state'] === 'compromised' ? 'quarantined' : 'accepted';
        return new Verification($verdict, $found['kid'], $found['state'], null, $keyset);
    }
}
