<?php

declare(strict_types=1);

use LiveKey\Answer;
use LiveKey\KeysetCache;
use LiveKey\MemoryStore;
use LiveKey\Signature;
use LiveKey\Verifier;

$states = ['new' => 'pending', 'now' => 'current', 'old' => 'previous', 'leaked' => 'compromised'];
$cache = new KeysetCache(new MemoryStore(), static fn (): string => document($states, 7));
$verifier = new Verifier($cache, HOST);

function serverOf(string $key, bool $probe = false): array
{
    $timestamp = (string) time();
    $signature = Signature::sign(HOST, $timestamp, $key);
    $headers = ['HTTP_ALI_LIVE_TIMESTAMP' => $timestamp, 'HTTP_ALI_LIVE_SIGNATURE' => $signature];
    return $headers + ($probe ? ['HTTP_X_LIVE_KEY_PROBE' => '1'] : []);
}

Check::that('callbacks come with their verdict', static function () use ($verifier): void {
    foreach (['new' => 'accepted', 'now' => 'accepted', 'old' => 'accepted', 'leaked' => 'quarantined'] as $key => $verdict) {
        Check::same($verifier->admit(serverOf($key))->verdict, $verdict, $key);
    }
});

Check::that('forged callbacks get a bare 401', static function () use ($verifier): void {
    $twice = serverOf('now');
    $twice['HTTP_ALI_LIVE_SIGNATURE'] .= ", {$twice['HTTP_ALI_LIVE_SIGNATURE']}";
    foreach ([serverOf('forged'), $twice, [], ['HTTP_ALI_LIVE_TIMESTAMP' => ['x']]] as $server) {
        Check::same((array) $verifier->admit($server), (array) new Answer(401));
    }
});

Check::that('accepted probes are answered with evidence', static function () use ($verifier, $cache): void {
    $answer = $verifier->admit(serverOf('new', true));
    $evidence = [
        'X-Live-Key-Instance' => $cache->instance(),
        'X-Live-Key-Lineage' => '5b0c2f9e41d7',
        'X-Live-Key-Revision' => '7',
    ];
    Check::same([$answer->status, $answer->headers], [204, $evidence]);
    foreach (['leaked', 'forged'] as $key) {
        Check::same((array) $verifier->admit(serverOf($key, true)), (array) new Answer(401));
    }
});

Check::that('without a keyset it is not called forged', static function (): void {
    $down = static function (): string {
        throw new \RuntimeException('down');
    };
    $verifier = new Verifier(new KeysetCache(new MemoryStore(), $down, timeout: 0.1), HOST);
    Check::same($verifier->admit(serverOf('now'))->status, 503);
});
