<?php

declare(strict_types=1);

namespace LiveKey;

/** How Live signs a callback, and how keys are named. */
final class Signature
{
    /** Returns the signature of a callback: the MD5 of `host|timestamp|key` in lower-case hex. */
    public static function sign(string $host, string $timestamp, string $key): string
    {
        return md5("$host|$timestamp|$key");
    }

    /** Returns the id of a key. It is safe to log, and the rotator's reports use the same one. */
    public static function kidOf(string $key): string
    {
        return substr(hash('sha256', "live-key-rotator/kid/1:$key"), 0, 12);
    }

    /**
     * Returns the hosts to try: as configured, without the port, and both in lower case. Alibaba Cloud does not document
     * whether Live signs the port of the callback URL.
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
                    'host must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443',
                );
            }
            $bare = (string) preg_replace('/:[0-9]+$/D', '', $host);
            array_push($hosts, $host, strtolower($host), $bare, strtolower($bare));
        }
        if ($hosts === []) {
            throw new \InvalidArgumentException('host must not be empty');
        }
        return array_values(array_unique($hosts));
    }
}
