<?php

declare(strict_types=1);

namespace LiveKey;

/** Verifies callbacks against a cached keyset. */
final class Verifier
{
    /** @var string[] */
    private array $hosts;

    /**
     * @param string|string[] $host the host of the callback URL as configured in Live, including its port if it has one;
     *   or several. Never the request's Host header: the sender chooses that.
     * @param int $tolerance maximum age of a timestamp in seconds, and how far it may lie in the future
     */
    public function __construct(private KeysetCache $keyset, string|array $host, private int $tolerance = 300)
    {
        $this->hosts = Signature::hosts($host);
        if ($tolerance < 0 || $tolerance > 86_400) {
            throw new \InvalidArgumentException('tolerance must be between 0 and 86,400 seconds');
        }
    }

    /**
     * Decides by the headers alone: a callback for your code, or the answer to send.
     *
     * - A probe from the rotator: 204 with evidence of which instance answered if its signature is accepted, else 401.
     * - A rejected callback: 401, without a reason.
     * - No keyset to verify with: 503. A 401 would say that the callback is forged.
     * - Anything else is a callback for your code.
     *
     * @param array<string, mixed> $server $_SERVER, or your framework's copy of it
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

    /** Same as admit(), by the three headers, each '' if missing: use PSR-7's getHeaderLine(). */
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
     * Verifies the two headers; pass null for a missing one. Blocks only while the keyset has to be read.
     *
     * @param ?int $now the time to verify at, in Unix seconds; the current time by default
     * @param bool $probe true for a probe from the rotator: unknown keys in probes have their own cooldown
     * @throws KeysetUnavailable there is no keyset to verify with: answer 503, never 401
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

    /** Compares with every key and host in constant time and never stops early: timing reveals nothing. */
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
