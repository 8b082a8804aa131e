<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * The cache's decisions, without a clock or I/O. The state lives in a {@see Store} that all workers of a server share. Times
 * are in seconds: `now` is wall-clock time; `tick` is monotonic and the same in all processes of a machine. A tick too far
 * in the future stems from before a reboot, and counts as passed.
 */
final class CacheState
{
    private const FIRST_RETRY = 0.5;
    private const LAST_RETRY = 30.0;
    private const SHORTEST_PAUSE = 0.1;
    private const PROBE_COOLDOWN = 2.0;
    private const LARGEST_JUMP = 1_000;
    /** While reads fail and the keyset is stale, the pause before a read that unknown signatures wait for. */
    private const STALE_PAUSE = 0.5;
    private const A_DAY = 86_400.0;

    public ?Keyset $held = null;
    /** Identifies the cache in answers to probes. */
    public string $instance = '';
    /** How many reads have begun, and the number of the latest one that succeeded. */
    public int $begun = 0;
    public int $newest = 0;
    /** When the next background read is due, in tick time. */
    public float $readAt = 0.0;
    private float $retryAt = 0.0;
    private float $readingUntil = 0.0;
    private int $reading = 0;
    private int $failures = 0;
    private float $failedAt = 0.0;
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

    /** Begins a read and returns its number. Others wait for it until it takes too long. */
    public function begin(float $tick): int
    {
        $this->reading = ++$this->begun;
        $this->readingUntil = $tick + $this->timeout;
        return $this->begun;
    }

    /** Whether a read is in progress. */
    public function isReading(float $tick): bool
    {
        return !self::passed($this->readingUntil, $tick, $this->timeout);
    }

    /** Whether a read that someone waits for may begin. */
    public function mayRead(float $tick): bool
    {
        return !$this->isReading($tick) && self::passed($this->retryAt, $tick, self::LAST_RETRY);
    }

    /** Whether a background read is due. */
    public function isDue(float $tick): bool
    {
        return !$this->isReading($tick) && self::passed($this->readAt, $tick, self::A_DAY);
    }

    /**
     * Takes the result of a read, however late. Returns false if it is not trusted: as long as there is a usable keyset, a
     * revision far above it must be a mistake.
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
            // Jitter, so that a fleet does not read in lockstep.
            $this->readAt = $tick + max(self::SHORTEST_PAUSE, $lifetime * (0.5 + 0.3 * $chance) - ($now - $started));
        }
        return true;
    }

    /** Notes that a read failed or returned an invalid document. */
    public function fail(int $read, float $now, float $tick, float $chance): void
    {
        $this->end($read);
        if ($read <= $this->newest) {
            return;
        }
        // At most the ttl: after an outage, receivers must learn of a new revision as soon as they otherwise would.
        $longest = min(self::LAST_RETRY, $this->lifetime(), self::FIRST_RETRY * 2 ** min($this->failures, 30));
        $pause = $longest * (0.5 + 0.5 * $chance);
        $this->failures++;
        $this->failedAt = $tick;
        $this->retryAt = $tick + $pause;
        $this->readAt = $tick + max(self::SHORTEST_PAUSE, $pause);
        // Nobody waits for the next attempt, until it should have ended. If it never comes, callbacks wait for a read.
        $until = max($this->usableUntil, $now + $pause + 2 * $this->timeout);
        $this->usableUntil = min($until, $this->freshUntil + $this->maxStale);
    }

    /** How long the current keyset may be used before it has to be read again. */
    private function lifetime(): float
    {
        return $this->held === null ? $this->ttl : min($this->held->ttl / 1_000, $this->ttl);
    }

    /** Returns the keyset to verify with, or null if a read must come first. */
    public function peek(float $now): ?Keyset
    {
        return $now < $this->usableUntil ? $this->held : null;
    }

    /** Returns the keyset if a read after this number succeeded: fresh enough for a waiter, whatever its ttl. */
    public function since(int $number): ?Keyset
    {
        return $this->newest > $number ? $this->held : null;
    }

    /** Returns the keyset to fall back on when reads fail, or null past maxStale. */
    public function lastResort(float $now): ?Keyset
    {
        return $now < $this->freshUntil + $this->maxStale ? $this->held : null;
    }

    public function isFresh(float $now): bool
    {
        return $now < $this->freshUntil;
    }

    /**
     * Whether reads fail and the keyset is past its ttl. A rotation may then set a new key the moment reads succeed again, so
     * an unknown signature waits for the next read. Otherwise the cooldown decides.
     */
    public function isStale(float $now): bool
    {
        return $this->held !== null && $this->failures > 0 && !$this->isFresh($now);
    }

    /** How long until the read that unknown signatures wait for may begin, while the keyset is stale. */
    public function stalePause(float $tick): float
    {
        $at = $this->failedAt + self::STALE_PAUSE;
        return self::passed($at, $tick, self::STALE_PAUSE) ? 0.0 : $at - $tick;
    }

    /** Whether the cooldown is running. Probes have their own, which strangers cannot use up. */
    public function isCooling(float $tick, bool $probe): bool
    {
        return $probe
            ? !self::passed($this->coolForProbesUntil, $tick, self::PROBE_COOLDOWN)
            : !self::passed($this->coolUntil, $tick, $this->cooldown);
    }

    /** Starts the cooldown and returns true, unless it is running. */
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

    /** @return array<string, mixed> plain values for a store */
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
