<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * The laws of the cache, as decisions without a clock and without I/O. It lives in a {@see Store}, which all workers of a
 * server share. All times are in seconds: `now` by the wall clock, `tick` by a monotonic one, which all processes of a
 * machine share. A tick too far ahead to be true is from before the machine was started, and counts as passed.
 */
final class CacheState
{
    private const FIRST_RETRY = 0.5;
    private const LAST_RETRY = 30.0;
    private const SHORTEST_PAUSE = 0.1;
    private const PROBE_COOLDOWN = 2.0;
    private const LARGEST_JUMP = 1_000;
    private const A_DAY = 86_400.0;

    public ?Keyset $held = null;
    /** Tells the rotator which cache has answered its probe. */
    public string $instance = '';
    /** The number of reads that have begun, and the latest one that has brought something. */
    public int $begun = 0;
    public int $newest = 0;
    /** When the next read is due in the background, by tick. */
    public float $readAt = 0.0;
    private float $retryAt = 0.0;
    private float $readingUntil = 0.0;
    private int $reading = 0;
    private int $failures = 0;
    private float $freshUntil = 0.0;
    private float $usableUntil = 0.0;
    private float $coolUntil = 0.0;
    private float $coolForProbesUntil = 0.0;

    public function __construct(
        private float $ttl = INF,
        private float $maxStale = self::A_DAY,
        private float $timeout = 3.0,
        private float $cooldown = 10.0,
    ) {
    }

    /** Begins a read: its number. Others wait for it, until it takes too long. */
    public function begin(float $tick): int
    {
        $this->reading = ++$this->begun;
        $this->readingUntil = $tick + $this->timeout;
        return $this->begun;
    }

    /** Whether a read is under way. */
    public function isReading(float $tick): bool
    {
        return !self::passed($this->readingUntil, $tick, $this->timeout);
    }

    /** Whether a read may begin that somebody waits for. */
    public function mayRead(float $tick): bool
    {
        return !$this->isReading($tick) && self::passed($this->retryAt, $tick, self::LAST_RETRY);
    }

    /** Whether a read is due in the background. */
    public function isDue(float $tick): bool
    {
        return !$this->isReading($tick) && self::passed($this->readAt, $tick, self::A_DAY);
    }

    /**
     * Takes in what a read has brought, however late. Returns whether it may be trusted: a revision far above the one in
     * use is a slip, as long as there is one in use.
     */
    public function succeed(int $read, float $started, Keyset $keyset, float $now, float $tick, float $chance): bool
    {
        $held = $this->held;
        $same = $held !== null && $keyset->lineage === $held->lineage;
        if ($held !== null && $keyset->revision - $held->revision > self::LARGEST_JUMP && $this->lastResort($now) !== null) {
            $this->fail($read, $now, $tick, $chance);
            return false;
        }
        $this->end($read);
        $later = $read > $this->newest;
        if ($held === null || ($same ? $keyset->revision > $held->revision : $later)) {
            $this->held = $held = $keyset;
        }
        if ($later) {
            $lifetime = $this->lifetime();
            $this->newest = $read;
            $this->failures = 0;
            $this->freshUntil = $this->usableUntil = $started + $lifetime;
            $this->retryAt = 0.0;
            // Spread over time, so that a fleet does not read as one.
            $this->readAt = $tick + max(self::SHORTEST_PAUSE, $lifetime * (0.5 + 0.3 * $chance) - ($now - $started));
        }
        return true;
    }

    /** A read has failed, or brought what is no keyset. */
    public function fail(int $read, float $now, float $tick, float $chance): void
    {
        $this->end($read);
        if ($read <= $this->newest) {
            return;
        }
        // Never beyond the ttl: what is saved after an outage must be known as soon as what is saved without one.
        $longest = min(self::LAST_RETRY, $this->lifetime(), self::FIRST_RETRY * 2 ** min($this->failures, 30));
        $pause = $longest * (0.5 + 0.5 * $chance);
        $this->failures++;
        $this->retryAt = $tick + $pause;
        $this->readAt = $tick + max(self::SHORTEST_PAUSE, $pause);
        // Until the next try has ended nobody has to wait for it. A try that never comes is waited for.
        $until = max($this->usableUntil, $now + $pause + 2 * $this->timeout);
        $this->usableUntil = min($until, $this->freshUntil + $this->maxStale);
    }

    /** How long the keyset that is held may be used before it is read again. */
    private function lifetime(): float
    {
        return $this->held === null ? $this->ttl : min($this->held->ttl / 1_000, $this->ttl);
    }

    /** The keyset to verify with, without waiting; null when a read has to be waited for. */
    public function peek(float $now): ?Keyset
    {
        return $now < $this->usableUntil ? $this->held : null;
    }

    /** The keyset, if a read after this number brought it: new enough for whoever waited, whatever its ttl. */
    public function since(int $number): ?Keyset
    {
        return $this->newest > $number ? $this->held : null;
    }

    /** The keyset to verify with when a read does not help; null when maxStale has ended it. */
    public function lastResort(float $now): ?Keyset
    {
        return $now < $this->freshUntil + $this->maxStale ? $this->held : null;
    }

    public function isFresh(float $now): bool
    {
        return $now < $this->freshUntil;
    }

    /** Whether an unknown signature is no reason to read. Probes do not wait for what strangers use up. */
    public function isCooling(float $tick, bool $probe): bool
    {
        return $probe
            ? !self::passed($this->coolForProbesUntil, $tick, self::PROBE_COOLDOWN)
            : !self::passed($this->coolUntil, $tick, $this->cooldown);
    }

    /** The same; it is one from now on. */
    public function takeCooldown(float $tick, bool $probe): bool
    {
        if ($this->isCooling($tick, $probe)) {
            return false;
        }
        if ($probe) {
            $this->coolForProbesUntil = $tick + self::PROBE_COOLDOWN;
        } else {
            $this->coolUntil = $tick + $this->cooldown;
        }
        return true;
    }

    /** @return array<string, mixed> what is kept in a store: plain values */
    public function toArray(): array
    {
        $values = get_object_vars($this);
        unset($values['ttl'], $values['maxStale'], $values['timeout'], $values['cooldown']);
        return ['held' => $this->held?->toArray()] + $values;
    }

    /** @param array<string, mixed> $stored */
    public function restore(#[\SensitiveParameter] array $stored): self
    {
        foreach ($this->toArray() as $name => $own) {
            $value = $stored[$name] ?? $own;
            $this->$name = $name === 'held' ? (is_array($value) ? Keyset::fromArray($value) : null) : $value;
        }
        return $this;
    }

    private function end(int $read): void
    {
        if ($this->reading === $read) {
            $this->readingUntil = 0.0;
        }
    }

    private static function passed(float $at, float $tick, float $longest): bool
    {
        return $tick >= $at || $at - $tick > $longest + 1;
    }
}
