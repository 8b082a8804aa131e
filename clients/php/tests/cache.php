<?php

declare(strict_types=1);

use LiveKey\CacheState;
use LiveKey\Keyset;
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

Check::that('one read serves all caches on one store', static function (): void {
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

Check::that('reads again in the background within the ttl', static function (): void {
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

Check::that('an outage beyond the ttl refuses nothing', static function (): void {
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

Check::that('a key set the moment an outage is over is accepted at once', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $cache = new KeysetCache(new MemoryStore(), $secret, afterAnswer: new Later());
    $verifier = new Verifier($cache, HOST);
    verdict($verifier, 'k1');
    $secret->down = new \RuntimeException('KMS is down');
    verdict($verifier, 'forged'); // Uses up the cooldown.
    while ($cache->isFresh()) {
        usleep(10_000);
    }
    [$reads, $began] = [$secret->reads, microtime(true)];
    for ($stranger = 0; $stranger < 3; $stranger++) {
        $came = microtime(true);
        Check::same(verdict($verifier, 'forged'), 'rejected');
        Check::same(microtime(true) - $came < 2, true, 'a stranger waits for a moment');
        $came = microtime(true);
        Check::same(verdict($verifier, 'k1'), 'accepted');
        Check::same(microtime(true) - $came < 0.4, true, 'a known key does not wait');
    }
    Check::same($secret->reads - $reads <= 1 + 2 * (microtime(true) - $began), true, 'reads twice a second at most');
    [$secret->down, $secret->text] = [null, document(['k2' => 'current'], 2)];
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('no callback waits for a pause or a read that hangs', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $store = new MemoryStore();
    $later = new Later();
    $verifier = new Verifier(new KeysetCache($store, $secret, timeout: 0.1, afterAnswer: $later), HOST);
    verdict($verifier, 'k1');
    $secret->down = new \RuntimeException('KMS is down');
    $longest = 0.0;
    for ($until = microtime(true) + 2.5; microtime(true) < $until; usleep(2_000)) {
        $began = microtime(true);
        Check::same(verdict($verifier, 'k1'), 'accepted');
        $longest = max($longest, microtime(true) - $began);
        $later->run();
    }
    // Pauses grow to a second here; what is shorter is a busy machine.
    Check::same($longest < 0.4, true, "a callback waited for $longest s");
    Check::same($secret->reads >= 3, true);
});

Check::that('a hook that throws stops nothing', static function (): void {
    $secret = new Secret('');
    $secret->down = new \RuntimeException('KMS is down');
    $onError = static function (): void {
        throw new \LogicException('a hook');
    };
    $cache = new KeysetCache(new MemoryStore(), $secret, timeout: 0.2, onError: $onError);
    Check::throws(KeysetUnavailable::class, static fn () => $cache->load());
    [$secret->down, $secret->text] = [null, document(['k1' => 'current'])];
    usleep(500_000);
    Check::same($cache->load()->revision, 1);
});

// Whatever chance and ttl are: while reads fail, the next try comes in time and no callback waits for it.
Check::that('pauses grow and are capped', static function (): void {
    [$timeout, $maxStale] = [3.0, 86_400.0];
    foreach ([1.0, 2.0, 7.5, 60.0, 86_400.0] as $ttl) {
        foreach ([0.0, 0.3, 0.999] as $chance) {
            $state = new CacheState(maxStale: $maxStale, timeout: $timeout);
            $state->succeed($state->begin(0.0), 0.0, new Keyset('a', 1, (int) ($ttl * 1_000), []), 0.0, 0.0, $chance);
            Check::same($state->readAt >= 0.5 * $ttl && $state->readAt <= 0.8 * $ttl, true, "the first of $ttl");
            [$now, $before] = [$state->readAt, 0.0];
            for ($failure = 0; $failure < 40; $failure++) {
                $read = $state->begin($now);
                $now += $timeout * ($failure % 2); // It fails at once, or hangs until it is given up.
                Check::same($state->peek($now - 0.001) !== null, true, 'a callback waits for a read that hangs');
                $state->fail($read, $now, $now, $chance);
                $pause = round($state->readAt - $now, 6);
                $longest = min(30.0, $ttl, 0.5 * 2 ** $failure);
                $fits = $pause >= max(0.1, $longest / 2) && $pause <= $longest && $pause >= $before;
                Check::same($fits, true, "pause $failure with a ttl of $ttl s is $pause");
                $before = $pause;
                $now += $pause;
                Check::same($state->peek($now) !== null, true, 'a callback waits for a pause');
                Check::same($state->mayRead($now + 0.001), true, 'nobody may try again after the pause');
            }
            Check::same($state->peek($ttl + $maxStale), null);
        }
    }
});

Check::that('maxStale ends it', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $cache = new KeysetCache(new MemoryStore(), $secret, maxStale: 0.3, timeout: 0.1, afterAnswer: new Later());
    $verifier = new Verifier($cache, HOST);
    verdict($verifier, 'k1');
    $secret->down = new \RuntimeException('KMS is down');
    Check::same(verdict($verifier, 'k1'), 'accepted');
    usleep(1_310_000);
    Check::throws(KeysetUnavailable::class, static fn () => verdict($verifier, 'k1'));
});

// As where nothing runs after an answer, or nothing came for a while.
Check::that('a keyset that has expired is read before it is used', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], ttl: 1_000));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, afterAnswer: new Later()), HOST);
    verdict($verifier, 'k1');
    $secret->text = document(['k1' => 'compromised'], 2);
    usleep(1_010_000);
    Check::same(verdict($verifier, 'k1'), 'quarantined');
});

Check::that('an invalid document never replaces a good one', static function (): void {
    $secret = new Secret(document(['k1' => 'current']));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, cooldown: 0.0), HOST);
    verdict($verifier, 'k1');
    foreach (['', '{}', '<html>', document(['k2' => 'current'], 100_000_000), document(['k2' => 'current'], 2, 10)] as $text) {
        $secret->text = $text;
        Check::same(verdict($verifier, 'k2'), 'rejected');
        Check::same(verdict($verifier, 'k1'), 'accepted');
    }
});

Check::that('never a step back within a lineage', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], 7));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, cooldown: 0.0), HOST);
    verdict($verifier, 'k1');
    $secret->text = document(['k2' => 'current'], 6);
    Check::same(verdict($verifier, 'k2'), 'rejected');
    Check::same(verdict($verifier, 'k1'), 'accepted');
    $secret->text = document(['k2' => 'current'], 1, lineage: 'another');
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('a jump of revisions is refused', static function (): void {
    $secret = new Secret(document(['k1' => 'current'], 7));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, cooldown: 0.0), HOST);
    verdict($verifier, 'k1');
    $secret->text = document(['k2' => 'current'], 1_008);
    Check::same(verdict($verifier, 'k2'), 'rejected');
    Check::same(verdict($verifier, 'k1'), 'accepted');
    $secret->text = document(['k2' => 'current'], 1_007);
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('unknown signatures read once a cooldown', static function (): void {
    $secret = new Secret(document(['k1' => 'current']));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret, cooldown: 0.5), HOST);
    verdict($verifier, 'k1');
    $began = microtime(true);
    for ($i = 0; $i < 20; $i++) {
        Check::same(verdict($verifier, 'forged'), 'rejected');
    }
    Check::same($secret->reads <= 2 + (microtime(true) - $began) / 0.5, true);
    $secret->text = document(['k2' => 'current'], 2);
    usleep(500_000);
    Check::same(verdict($verifier, 'k2'), 'accepted');
});

Check::that('probes have a cooldown of their own', static function (): void {
    $secret = new Secret(document(['k1' => 'current']));
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $secret), HOST);
    verdict($verifier, 'k1');
    verdict($verifier, 'forged');
    $secret->text = document(['k2' => 'current'], 2);
    Check::same(verdict($verifier, 'k2'), 'rejected');
    Check::same(verdict($verifier, 'k2', true), 'accepted');
    Check::same($secret->reads, 3);
});

Check::that('nothing printed holds a key', static function (): void {
    $verifier = new Verifier(new KeysetCache($store = new MemoryStore(), new Secret(document(['the-key' => 'current']))), HOST);
    $timestamp = (string) time();
    $verification = $verifier->verify($timestamp, Signature::sign(HOST, $timestamp, 'the-key'));
    foreach ([$verification, $verification->keyset, $store, $verification->keyset->keys()[0]['kid']] as $thing) {
        Check::same(str_contains(print_r($thing, true), 'the-key'), false, get_debug_type($thing));
    }
});

Check::that('without a keyset it says so in time and why', static function (): void {
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
