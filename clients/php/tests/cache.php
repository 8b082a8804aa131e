<?php

declare(strict_types=1);

use LiveKey\InvalidKeyset;
use LiveKey\KeysetCache;
use LiveKey\KeysetUnavailable;
use LiveKey\MemoryStore;
use LiveKey\Signature;
use LiveKey\Verifier;

const HOST = 'hooks.example.com';

/** A secret that can be changed and put down; counts how it is read. */
final class Secret
{
    public int $reads = 0;
    public ?\Throwable $down = null;

    public function __construct(public string $text)
    {
    }

    public function __invoke(): string
    {
        $this->reads++;
        if ($this->down !== null) {
            throw $this->down;
        }
        return $this->text;
    }
}

/** @param array<string, string> $states states by key */
function document(array $states, int $revision = 1, int $ttl = 60_000, string $lineage = '5b0c2f9e41d7'): string
{
    $at = '2026-11-24T08:00:00.000Z';
    $times = ['stagedAt' => $at, 'appliedAt' => $at, 'compromisedAt' => $at, 'onRunningStreams' => 'quarantine'];
    $keys = [];
    foreach ($states as $key => $state) {
        $keys[] = ['kid' => Signature::kidOf($key), 'key' => $key, 'state' => $state] + $times;
    }
    $head = ['format' => 'live-keyset/1', 'lineage' => $lineage, 'group' => 'test', 'revision' => $revision, 'ttl' => $ttl];
    return json_encode($head + ['updatedAt' => $at, 'keys' => $keys, 'revoked' => []]);
}

function verdict(Verifier $verifier, string $key, bool $probe = false): string
{
    $timestamp = (string) time();
    return $verifier->verify($timestamp, Signature::sign(HOST, $timestamp, $key), probe: $probe)->verdict;
}

/** Keeps what a cache wants to do after an answer, until it is run. */
final class Later
{
    /** @var callable[] */
    private array $work = [];

    public function __invoke(callable $work): void
    {
        $this->work[] = $work;
    }

    public function run(): int
    {
        [$work, $this->work] = [$this->work, []];
        array_map(static fn (callable $one) => $one(), $work);
        return count($work);
    }
}

Check::that('it reads nothing until it is used, and once for all who share the store', static function (): void {
    $secret = new Secret(document(['k1' => 'current']));
    $store = new MemoryStore();
    $first = new KeysetCache($store, $secret);
    Check::same($secret->reads, 0);
    Check::same($first->load()->revision, 1);
    $second = new KeysetCache($store, $secret);
    Check::same($second->load()->revision, 1);
    Check::same($second->instance(), $first->instance());
    Check::same(preg_match('/^[0-9a-f]{12}$/D', $first->instance()), 1);
    Check::same($secret->reads, 1);
});

Check::that('it reads again after an answer, before the ttl has passed, in one process', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $later = new Later();
    $store = new MemoryStore();
    $caches = [];
    for ($worker = 0; $worker < 4; $worker++) {
        $caches[] = new KeysetCache($store, $secret, afterAnswer: $later);
    }
    $caches[0]->load();
    $secret->text = document(['k2' => 'current'], 2, 1_000);
    usleep(850_000);
    foreach ($caches as $cache) {
        Check::same($cache->peek()->revision, 1);
    }
    Check::same($secret->reads, 1, 'reads before the answers');
    Check::same($later->run(), 4);
    Check::same($secret->reads, 2, 'reads after the answers');
    Check::same($caches[3]->peek()->revision, 2);
});

Check::that('an outage beyond the ttl refuses nothing and ends by itself', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $later = new Later();
    $errors = 0;
    $onError = static function () use (&$errors): void {
        $errors++;
        throw new \LogicException('a hook must stop nothing');
    };
    $cache = new KeysetCache(new MemoryStore(), $secret, onError: $onError, afterAnswer: $later);
    $verifier = new Verifier($cache, HOST);
    verdict($verifier, 'k1');
    $secret->down = new \RuntimeException('KMS is down');
    for ($until = microtime(true) + 2.5; microtime(true) < $until; usleep(10_000)) {
        $began = microtime(true);
        Check::same(verdict($verifier, 'k1'), 'accepted');
        Check::same(microtime(true) - $began < 1, true, 'it takes no longer');
        $later->run();
    }
    Check::same($cache->isFresh(), false);
    Check::same($errors >= 2 && $errors < 10, true, "$errors failures");
    [$secret->down, $secret->text] = [null, document(['k2' => 'current'], 2)];
    for ($until = microtime(true) + 5; $cache->peek()->revision === 1 && microtime(true) < $until; usleep(10_000)) {
        $later->run();
    }
    Check::same($cache->peek()->revision, 2);
});

Check::that('a worker that never runs anything after its answer reads on demand', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, afterAnswer: new Later()), HOST);
    verdict($verifier, 'k1');
    $secret->text = document(['k2' => 'current'], 2);
    usleep(1_050_000);
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('only a better document replaces a good one', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], 7));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, cooldown: 0.0), HOST);
    verdict($verifier, 'k1');
    $bad = ['', '{}', document(['k2' => 'current'], 8, 10)];
    foreach ([100_000_000, 6, 1_008] as $revision) {
        $bad[] = document(['k2' => 'current'], $revision);
    }
    foreach ($bad as $text) {
        $secret->text = $text;
        Check::same(verdict($verifier, 'k2'), 'rejected');
        Check::same(verdict($verifier, 'k1'), 'accepted');
    }
    $secret->text = document(['k2' => 'current'], 1, lineage: 'another');
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('unknown signatures read once a cooldown, and probes have their own', static function (): void {
    $secret = new Secret(document(['k1' => 'current']));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret), HOST);
    verdict($verifier, 'k1');
    for ($i = 0; $i < 20; $i++) {
        Check::same(verdict($verifier, 'forged'), 'rejected');
    }
    Check::same($secret->reads, 2);
    $secret->text = document(['k2' => 'current'], 2);
    Check::same(verdict($verifier, 'k2'), 'rejected');
    Check::same(verdict($verifier, 'k2', true), 'accepted');
    Check::same($secret->reads, 3);
});

Check::that('without a keyset it says so in time, and why', static function (): void {
    $secret = new Secret('');
    $secret->down = new \RuntimeException('KMS is down');
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, timeout: 0.2), HOST);
    $began = microtime(true);
    $error = Check::throws(KeysetUnavailable::class, static fn () => verdict($verifier, 'k1'));
    Check::same(microtime(true) - $began < 2, true);
    Check::same($error->getPrevious(), $secret->down);
    Check::same($verifier->verify('yesterday', '')->reason, 'malformedTimestamp');
});

Check::that('wrong options are refused', static function (): void {
    $read = static fn (): string => '';
    foreach ([['ttl' => 0.5], ['timeout' => 0.0], ['cooldown' => -1.0], ['maxStale' => NAN]] as $options) {
        $make = static fn () => new KeysetCache(new MemoryStore(), $read, ...$options);
        Check::throws(\InvalidArgumentException::class, $make, json_encode(array_keys($options)));
    }
    foreach (['', [], 'https://hooks.example.com', 'a/b', 'a|b', [1]] as $host) {
        $make = static fn () => new Verifier(new KeysetCache(new MemoryStore(), $read), $host);
        Check::throws(\InvalidArgumentException::class, $make, json_encode($host));
    }
});
