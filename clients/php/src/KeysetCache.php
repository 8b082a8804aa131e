<?php

declare(strict_types=1);

namespace LiveKey;

/**
 * The keyset of a group, common to all workers that share a store. Does no I/O until it is used.
 *
 * PHP has no threads to read in: a worker that finds that a read is due does it after its answer is sent, others meanwhile
 * go on with the keyset in use. Only where there is none that may be used does a callback wait for a read.
 */
final class KeysetCache
{
    private const POLL_MICROSECONDS = 10_000;

    /** @var callable(): string */
    private $read;
    /** @var callable(callable): void */
    private $afterAnswer;
    /** @var (callable(\Throwable): void)|null */
    private $onError;
    private bool $planned = false;
    private ?\Throwable $lastError = null;

    /**
     * @param callable(): string $read reads the secret's current value (ACSCurrent) and returns its text; it must end within
     *   the timeout by itself
     * @param ?float $ttl reads at least this often, in seconds; can only shorten the document's
     * @param float $maxStale for how long after its ttl a keyset is used while it cannot be read, in seconds
     * @param float $timeout for a verification that waits for a read, in seconds; Live waits for 5
     * @param float $cooldown between two reads that unknown signatures cause, in seconds
     * @param (callable(\Throwable): void)|null $onError told of each read that failed
     * @param (callable(callable): void)|null $afterAnswer calls what it is given when the answer is sent; by default a
     *   shutdown function, behind fastcgi_finish_request()
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
                throw new \InvalidArgumentException("$name must be a number of seconds, $seconds at least");
            }
        }
        $this->read = $read;
        $this->onError = $onError;
        $this->afterAnswer = $afterAnswer ?? [self::class, 'atShutdown'];
    }

    /** Whether the keyset in use is younger than its ttl: for a health check. */
    public function isFresh(): bool
    {
        return $this->state()->isFresh(self::now());
    }

    /** Tells the rotator which cache has answered its probe: 12 hex digits. */
    public function instance(): string
    {
        return $this->state()->instance;
    }

    /** The keyset to verify with at this moment, without waiting; null when one has to be waited for. */
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
     * The same, waiting for a read when there is none that may be used.
     *
     * @throws KeysetUnavailable when none came in time
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

    /** Reads again because a signature is unknown, unless that was done within the cooldown. Does not throw. */
    public function refresh(bool $probe = false): void
    {
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

    /**
     * Reads, if that is wanted when one process at a time looks. Returns whether it did.
     *
     * @param callable(CacheState): bool $wanted
     */
    private function readIf(callable $wanted): bool
    {
        // Who only wants to know does not hold up the others.
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
                $this->tell(new InvalidKeyset("revision $keyset->revision is too far above the one in use"));
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
                // A hook for the log must not stop the reads.
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
            // What another version has kept, or somebody else: it is read anew.
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
