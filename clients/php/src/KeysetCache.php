<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * Caches the keyset of a group for all workers that share a store. Does no I/O until first used.
 *
 * PHP has no background threads: when a read is due, one worker does it after it has sent its answer, while the others keep
 * using the current keyset. A callback waits for a read only if there is no usable keyset.
 */
final class KeysetCache
{
    private const POLL_MICROSECONDS = 10_000;
    /** How long an unknown signature waits for the next read while the keyset is stale, in seconds. */
    private const STALE_PATIENCE = 3.0;

    /** @var callable(): string */
    private $read;
    /** @var callable(callable): void */
    private $afterAnswer;
    /** @var (callable(\Throwable): void)|null */
    private $onError;
    private bool $planned = false;
    private ?\Throwable $lastError = null;

    /**
     * @param callable(): string $read returns the text of the secret's current value (ACSCurrent); it needs a timeout of
     *   its own, shorter than $timeout
     * @param ?float $ttl maximum time between two reads, in seconds; can only shorten the ttl of the document
     * @param float $maxStale how long past its ttl a keyset may be used while reads fail, in seconds
     * @param float $timeout of a verification that waits for a read, in seconds; Live itself waits for 5
     * @param float $cooldown minimum time between two reads caused by unknown signatures, in seconds
     * @param (callable(\Throwable): void)|null $onError called with the error of each failed read
     * @param (callable(callable): void)|null $afterAnswer runs its argument once the answer has been sent; by default in a
     *   shutdown function, after fastcgi_finish_request()
     */
    public function __construct(
        private Store $store,
        callable $read,
        private ?float $ttl = null,
        private float $maxStale = 86_400.0,
        private float $timeout = 3.0,
        private float $cooldown = 10.0,
        ?callable $onError = null,
        ?callable $afterAnswer = null,
    ) {
        $least = ['ttl' => 1.0, 'maxStale' => 0.0, 'timeout' => 0.001, 'cooldown' => 0.0];
        foreach ($least as $name => $seconds) {
            if ($this->$name !== null && !($this->$name >= $seconds)) {
                throw new \InvalidArgumentException("$name must be a number of seconds, at least $seconds");
            }
        }
        $this->read = $read;
        $this->onError = $onError;
        $this->afterAnswer = $afterAnswer ?? [self::class, 'atShutdown'];
    }

    /** Whether the keyset is younger than its ttl. For health checks. */
    public function isFresh(): bool
    {
        return $this->state()->isFresh(self::now());
    }

    /** Identifies the cache in answers to probes: 12 hex digits. */
    public function instance(): string
    {
        return $this->state()->instance;
    }

    /** Returns the keyset to verify with now, or null if it has to be read first. Never blocks. */
    public function peek(): ?Keyset
    {
        $state = $this->state();
        $keyset = $state->peek(self::now());
        if ($keyset !== null && !$this->planned && $state->isDue(self::tick())) {
            $this->planned = true;
            ($this->afterAnswer)(function (): void {
                $this->planned = false;
                $this->readIf(static fn (CacheState $state): bool => $state->isDue(self::tick()));
            });
        }
        return $keyset;
    }

    /**
     * Returns the keyset to verify with, and waits for a read if necessary.
     *
     * @throws KeysetUnavailable there was none within the timeout
     */
    public function load(): Keyset
    {
        $state = $this->state();
        $keyset = $state->peek(self::now());
        $begun = $state->begun;
        $until = self::tick() + $this->timeout;
        // Another worker may have read since this one looked.
        $mayRead = static fn (CacheState $state): bool => $state->mayRead(self::tick())
            && $state->since($begun) === null && $state->peek(self::now()) === null;
        while ($keyset === null && self::tick() < $until) {
            if (!$this->readIf($mayRead)) {
                usleep(self::POLL_MICROSECONDS);
            }
            $state = $this->state();
            $keyset = $state->since($begun) ?? $state->peek(self::now());
        }
        $keyset ??= $state->since($begun) ?? $state->lastResort(self::now());
        if ($keyset === null) {
            throw new KeysetUnavailable('no keyset to verify with: it could not be read', 0, $this->lastError);
        }
        return $keyset;
    }

    /**
     * Reads again because of an unknown signature, at most once per cooldown. Waits for the next read instead while reads fail
     * and the keyset is past its ttl. Never throws.
     */
    public function refresh(bool $probe = false): void
    {
        if ($this->state()->isStale(self::now())) {
            $this->waitWhileStale();
            return;
        }
        $mayRead = static fn (CacheState $state): bool
            => !$state->isReading(self::tick()) && $state->takeCooldown(self::tick(), $probe);
        if ($this->readIf($mayRead)) {
            return;
        }
        $until = self::tick() + $this->timeout;
        while ($this->state()->isReading(self::tick()) && self::tick() < $until) {
            usleep(self::POLL_MICROSECONDS);
        }
    }

    /** Waits for a read that begins from now on: one under way may have asked before the key was set. */
    private function waitWhileStale(): void
    {
        $state = $this->state();
        $begun = $state->begun;
        $until = self::tick() + self::STALE_PATIENCE;
        $mayRead = static fn (CacheState $state): bool => $state->isStale(self::now())
            && !$state->isReading(self::tick()) && $state->begun === $begun && $state->stalePause(self::tick()) === 0.0;
        while ($state->isStale(self::now()) && self::tick() < $until) {
            if ($state->begun > $begun && !$state->isReading(self::tick())) {
                return;
            }
            if (!$this->readIf($mayRead)) {
                usleep(self::POLL_MICROSECONDS);
            }
            $state = $this->state();
        }
    }

    /**
     * Reads if the condition holds under the lock of the store. Returns whether it read.
     *
     * @param callable(CacheState): bool $wanted
     */
    private function readIf(callable $wanted): bool
    {
        // Check without the lock first: most of the time there is nothing to do.
        if (!$wanted($this->state())) {
            return false;
        }
        $read = 0;
        $this->change(static function (CacheState $state) use ($wanted, &$read): void {
            if ($wanted($state)) {
                $read = $state->begin(self::tick());
            }
        });
        if ($read === 0) {
            return false;
        }
        $started = self::now();
        try {
            $keyset = Keyset::parse(($this->read)());
            $trusted = false;
            $this->change(static function (CacheState $state) use ($read, $started, $keyset, &$trusted): void {
                $trusted = $state->succeed($read, $started, $keyset, self::now(), self::tick(), self::chance());
            });
            if (!$trusted) {
                $this->tell(new InvalidKeyset("revision $keyset->revision is too far above the current one"));
            }
        } catch (\Throwable $error) {
            $this->change(static function (CacheState $state) use ($read): void {
                $state->fail($read, self::now(), self::tick(), self::chance());
            });
            $this->tell($error);
        }
        return true;
    }

    private function tell(\Throwable $error): void
    {
        $this->lastError = $error;
        if ($this->onError !== null) {
            try {
                ($this->onError)($error);
            } catch (\Throwable) {
                // The hook must not stop the reads.
            }
        }
    }

    /** @param callable(CacheState): void $change */
    private function change(callable $change): void
    {
        $this->store->update(function (?array $stored) use ($change): array {
            $state = $this->restored($stored);
            $state->instance = $state->instance !== '' ? $state->instance : bin2hex(random_bytes(6));
            $change($state);
            return $state->toArray();
        });
    }

    private function state(): CacheState
    {
        return $this->restored($this->store->get());
    }

    /** @param array<string, mixed>|null $stored */
    private function restored(#[\SensitiveParameter] ?array $stored): CacheState
    {
        $fresh = fn (): CacheState => new CacheState($this->ttl ?? INF, $this->maxStale, $this->timeout, $this->cooldown);
        try {
            return $fresh()->restore($stored ?? []);
        } catch (\Throwable) {
            // Stored by another version, or by something else: start over.
            return $fresh();
        }
    }

    /** @internal */
    public static function atShutdown(callable $work): void
    {
        register_shutdown_function(static function () use ($work): void {
            if (function_exists('fastcgi_finish_request')) {
                fastcgi_finish_request();
            } elseif (function_exists('litespeed_finish_request')) {
                litespeed_finish_request();
            }
            $work();
        });
    }

    private static function now(): float
    {
        return microtime(true);
    }

    private static function tick(): float
    {
        return hrtime(true) / 1e9;
    }

    private static function chance(): float
    {
        return random_int(0, 1_000_000) / 1_000_000;
    }
}
