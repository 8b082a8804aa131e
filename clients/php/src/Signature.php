<?php

declare(strict_types=1);

namespace LiveKey;

/** What Live signs, and how a key is called. */
final class Signature
{
    /** The signature of a callback: lower-case hex MD5 of `host|timestamp|key`. */
    public static function sign(string $host, string $timestamp, string $key): string
    {
        return md5("$host|$timestamp|$key");
    }

    /** The id of a key: safe to log, and the same in the rotator's reports. */
    public static function kidOf(string $key): string
    {
        return substr(hash('sha256', "live-key-rotator/kid/1:$key"), 0, 12);
    }

    /**
     * The hosts that a callback may be signed for: as configured, without the port, and both in lower case. The
     * documents do not say whether Live signs the port of the callback URL.
     *
     * @param string|string[] $configured
     * @return string[]
     */
    public static function hosts(string|array $configured): array
    {
        $hosts = [];
        foreach ((array) $configured as $host) {
            if (!is_string($host) || !preg_match('/^(\[[0-9a-f:.]+\]|[^\s\/|:@?#[\]]+)(:[0-9]{1,5})?$/Di', $host)) {
                throw new \InvalidArgumentException(
                    'host must be that of the callback URL, such as hooks.example.com or hooks.example.com:8443',
                );
            }
            $bare = (string) preg_replace('/:[0-9]+$/D', '', $host);
            array_push($hosts, $host, strtolower($host), $bare, strtolower($bare));
        }
        if ($hosts === []) {
            throw new \InvalidArgumentException('host must name at least one host');
        }
        return array_values(array_unique($hosts));
    }
}
