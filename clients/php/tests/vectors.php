<?php

declare(strict_types=1);

use LiveKey\CacheState;
use LiveKey\InvalidKeyset;
use LiveKey\Keyset;
use LiveKey\KeysetCache;
use LiveKey\MemoryStore;
use LiveKey\Signature;
use LiveKey\Verifier;

$text = file_get_contents(__DIR__ . '/../../../docs/vectors.json');
$vectors = json_decode($text, true, 512, JSON_THROW_ON_ERROR);

Check::that('signatures', static function () use ($vectors): void {
    foreach ($vectors['signatures'] as $case) {
        Check::same(Signature::sign($case['host'], $case['timestamp'], $case['key']), $case['signature'], $case['host']);
    }
});

Check::that('kids', static function () use ($vectors): void {
    foreach ($vectors['kids'] as $case) {
        Check::same(Signature::kidOf($case['key']), $case['kid']);
    }
});

foreach ($vectors['verifications'] as $case) {
    Check::that($case['name'], static function () use ($case, $vectors): void {
        $document = json_encode($vectors['keysets'][$case['keyset']]);
        $cache = new KeysetCache(new MemoryStore(), static fn (): string => $document);
        $verifier = new Verifier($cache, $case['hosts'], $case['tolerance']);
        $got = $verifier->verify($case['timestamp'], $case['signature'], $case['now']);
        $wanted = [$case['verdict'], $case['kid'] ?? null, $case['reason'] ?? null];
        Check::same([$got->verdict, $got->kid, $got->reason], $wanted);
    });
}

foreach ($vectors['documents'] as $case) {
    Check::that("document: {$case['name']}", static function () use ($case, $vectors): void {
        if ($case['valid']) {
            $keyset = Keyset::parse($case['text']);
            $said = print_r($keyset, true);
        } else {
            $said = (string) Check::throws(InvalidKeyset::class, static fn () => Keyset::parse($case['text']), 'it');
        }
        foreach ($vectors['kids'] as ['key' => $key, 'kid' => $kid]) {
            Check::same(str_contains($said, $key), false, "the key $kid is printed");
        }
    });
}

foreach ($vectors['histories'] as $history) {
    Check::that($history['name'], static function () use ($history): void {
        $ttl = isset($history['options']['ttl']) ? $history['options']['ttl'] / 1_000 : INF;
        $kept = [];
        $reads = [];
        foreach ($history['steps'] as $step) {
            // As every request finds it in the store.
            $state = (new CacheState((float) $ttl))->restore($kept);
            play($state, $reads, $step);
            $kept = json_decode(json_encode($state->toArray()), true);
        }
    });
}

function play(CacheState $state, array &$reads, array $step): void
{
    $at = $step['at'] / 1_000;
    $name = static fn (?Keyset $keyset): ?string => $keyset === null ? null : "$keyset->lineage@$keyset->revision";
    if (isset($step['begin'])) {
        $reads[$step['begin']] = [$state->begin($at), $at];
    } elseif (isset($step['end'])) {
        [$read, $started] = $reads[$step['end']];
        if (isset($step['brings'])) {
            ['lineage' => $lineage, 'revision' => $revision, 'ttl' => $ttl] = $step['brings'];
            $state->succeed($read, $started, new Keyset($lineage, $revision, $ttl, []), $at, $at, 0.5);
        } else {
            $state->fail($read, $at, $at, 0.5);
        }
        if (isset($step['nextReadIn'])) {
            Check::same((int) round(($state->readAt - $at) * 1_000), (int) $step['nextReadIn'], "at {$step['at']}");
        }
    } elseif (isset($step['waits'])) {
        Check::same($state->isStale($at), true, "at {$step['at']}");
        Check::same((int) round($state->stalePause($at) * 1_000), $step['waits'], "at {$step['at']}");
    } elseif (isset($step['unknown'])) {
        Check::same($state->isStale($at), false, "at {$step['at']}");
        Check::same($state->takeCooldown($at, $step['unknown'] === 'probe'), $step['reads'], "at {$step['at']}");
    } else {
        $got = ['now' => $name($state->peek($at)), 'last' => $name($state->lastResort($at)), 'fresh' => $state->isFresh($at)];
        Check::same($got, $step['expect'], "at {$step['at']}");
    }
}
