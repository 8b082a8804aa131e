<?php
// Verifies snapshot callbacks of ApsaraVideo Live against a keyset document. PHP 8.0 or newer, nothing else.
//
// Copy `verify` and what is above it. Run as a program it checks itself against the vectors:
//
//     php verify.php ../vectors.json

declare(strict_types=1);

function sign(string $host, string $timestamp, string $key): string
{
    return md5("$host|$timestamp|$key");
}

/** The key's id: safe to log. */
function kidOf(string $key): string
{
    return substr(hash('sha256', "live-key-rotator/kid/1:$key"), 0, 12);
}

/** As configured, without the port, and both in lower case. */
function signedHosts(array $configured): array
{
    $hosts = [];
    foreach ($configured as $host) {
        $bare = preg_replace('/:\d+$/D', '', $host);
        array_push($hosts, $host, strtolower($host), $bare, strtolower($bare));
    }
    return array_unique($hosts);
}

/**
 * Returns the verdict, `accepted`, `quarantined` or `rejected`, and the kid, or why it was rejected.
 *
 * $keyset is the document as json_decode(…, true) gives it, $hosts those of the callback URLs as they are configured in
 * Live: never the request's Host header. $timestamp and $signature are $_SERVER['HTTP_ALI_LIVE_TIMESTAMP'] and
 * $_SERVER['HTTP_ALI_LIVE_SIGNATURE'], null when missing.
 */
function verify(
    array $keyset,
    array $hosts,
    ?string $timestamp,
    ?string $signature,
    ?int $now = null,
    int $tolerance = 300,
): array {
    if ($timestamp === null || $timestamp === '') {
        return ['rejected', 'missingTimestamp'];
    }
    if (!preg_match('/^[1-9][0-9]{0,10}$/D', $timestamp)) {
        return ['rejected', str_contains($timestamp, ',') ? 'repeatedTimestamp' : 'malformedTimestamp'];
    }
    $age = ($now ?? time()) - (int) $timestamp;
    if (abs($age) > $tolerance) {
        return ['rejected', $age > 0 ? 'tooOld' : 'tooNew'];
    }
    if ($signature === null || $signature === '') {
        return ['rejected', 'missingSignature'];
    }
    if (!preg_match('/^[0-9a-f]{32}$/Di', $signature)) {
        return ['rejected', str_contains($signature, ',') ? 'repeatedSignature' : 'malformedSignature'];
    }
    $found = null;
    // Every key is tried, whichever matches: the time that it takes tells nothing.
    foreach ($keyset['keys'] as $entry) {
        foreach (signedHosts($hosts) as $host) {
            if (hash_equals(sign($host, $timestamp, $entry['key']), strtolower($signature))) {
                $found = $entry;
            }
        }
    }
    if ($found === null) {
        return ['rejected', 'unknownSignature'];
    }
    return [$found['state'] === 'compromised' ? 'quarantined' : 'accepted', $found['kid']];
}

/** The names of the vectors that do not hold. */
function check(array $vectors): array
{
    $wrong = [];
    foreach ($vectors['signatures'] as $case) {
        if (sign($case['host'], $case['timestamp'], $case['key']) !== $case['signature']) {
            $wrong[] = "the signature for {$case['host']}";
        }
    }
    foreach ($vectors['kids'] as $case) {
        if (kidOf($case['key']) !== $case['kid']) {
            $wrong[] = "the kid {$case['kid']}";
        }
    }
    foreach ($vectors['verifications'] as $case) {
        $keyset = $vectors['keysets'][$case['keyset']];
        $got = verify($keyset, $case['hosts'], $case['timestamp'], $case['signature'], $case['now'], $case['tolerance']);
        if ($got !== [$case['verdict'], $case['kid'] ?? $case['reason']]) {
            $wrong[] = $case['name'] . ': ' . implode(', ', $got);
        }
    }
    return $wrong;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    $vectors = json_decode(file_get_contents($argv[1]), true, 512, JSON_THROW_ON_ERROR);
    $wrong = check($vectors);
    foreach ($wrong as $name) {
        echo "does not hold: $name\n";
    }
    $all = count($vectors['signatures']) + count($vectors['kids']) + count($vectors['verifications']);
    echo $all - count($wrong), " vectors hold\n";
    exit($wrong === [] ? 0 : 1);
}
