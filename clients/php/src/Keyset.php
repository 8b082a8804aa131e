<?php

declare(strict_types=1);

namespace LiveKey;

/** The parts of a valid keyset document that a receiver needs. */
final class Keyset
{
    private const FORMAT = 'live-keyset/1';
    private const STATES = ['pending', 'current', 'previous', 'compromised'];
    private const LONGEST_KEY = 256;
    private const SHORTEST_TTL = 1_000;
    private const LONGEST_TTL = 86_400_000;
    private const HIGHEST_REVISION = 99_999_999;
    private const DEEPEST = 16;
    private const TIME = '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/D';
    private const NEEDED = [
        'pending' => ['stagedAt'],
        'current' => ['appliedAt'],
        'previous' => [],
        'compromised' => ['compromisedAt', 'onRunningStreams'],
    ];

    /**
     * @param int $ttl in milliseconds
     * @param array<int, array{kid: string, state: string, key: string}> $keys
     */
    public function __construct(
        public string $lineage,
        public int $revision,
        public int $ttl,
        private array $keys,
    ) {
    }

    /**
     * Parses the text of the secret.
     *
     * @throws InvalidKeyset it is not a valid `live-keyset/1` document
     */
    public static function parse(#[\SensitiveParameter] string $text): self
    {
        // PHP counts what stands in the innermost brackets as a level too.
        $document = json_decode($text, false, self::DEEPEST + 1);
        if (json_last_error() !== JSON_ERROR_NONE) {
            self::refuse('it', 'is not JSON of at most ' . self::DEEPEST . ' levels');
        }
        self::need($document instanceof \stdClass, 'it', 'must be an object');
        self::need(($document->format ?? null) === self::FORMAT, 'format', 'must be "' . self::FORMAT . '"');
        foreach (['lineage', 'group'] as $name) {
            $value = $document->$name ?? null;
            self::need(is_string($value) && $value !== '', $name, 'must be a non-empty string');
        }
        self::needTime($document->updatedAt ?? null, 'updatedAt');
        $revision = self::whole($document, 'revision', 1, self::HIGHEST_REVISION);
        $ttl = self::whole($document, 'ttl', self::SHORTEST_TTL, self::LONGEST_TTL);
        $keys = [];
        foreach (self::list($document, 'keys') as $index => $entry) {
            $keys[] = self::readKey($entry, "keys[$index]");
        }
        self::checkOrder($keys);
        self::checkRevoked(self::list($document, 'revoked'), array_column($keys, 'kid'));
        return new self($document->lineage, $revision, $ttl, $keys);
    }

    /**
     * Ordered as in the document: pending, current, previous from newest to oldest, compromised.
     *
     * @return array<int, array{kid: string, state: string, key: string}>
     */
    public function keys(): array
    {
        return $this->keys;
    }

    /** @return array<string, mixed> plain values for a store, keys included */
    public function toArray(): array
    {
        return get_object_vars($this);
    }

    /** @param array<string, mixed> $stored */
    public static function fromArray(#[\SensitiveParameter] array $stored): self
    {
        return new self($stored['lineage'], $stored['revision'], $stored['ttl'], $stored['keys']);
    }

    /** @return array<string, mixed> what var_dump and print_r may show */
    public function __debugInfo(): array
    {
        return ['lineage' => $this->lineage, 'revision' => $this->revision, 'kids' => array_column($this->keys, 'kid')];
    }

    /** @return array{kid: string, state: string, key: string} */
    private static function readKey(mixed $entry, string $path): array
    {
        self::need($entry instanceof \stdClass, $path, 'must be an object');
        $state = $entry->state ?? null;
        $states = implode(', ', self::STATES);
        self::need(in_array($state, self::STATES, true), "$path.state", "must be one of $states");
        $key = $entry->key ?? null;
        self::need(
            is_string($key) && $key !== '' && self::length($key) <= self::LONGEST_KEY,
            "$path.key",
            'must have 1 to ' . self::LONGEST_KEY . ' characters',
        );
        $kid = Signature::kidOf($key);
        self::need(($entry->kid ?? null) === $kid, "$path.kid", "must be the kid of its key, $kid");
        foreach (self::NEEDED[$state] as $name) {
            self::need(isset($entry->$name), "$path.$name", "is required for a $state key");
        }
        foreach (['createdAt', 'stagedAt', 'appliedAt', 'compromisedAt'] as $name) {
            if (property_exists($entry, $name)) {
                self::needTime($entry->$name, "$path.$name");
            }
        }
        if (isset($entry->clearedAt)) {
            self::needTime($entry->clearedAt, "$path.clearedAt");
        }
        return ['kid' => $kid, 'state' => $state, 'key' => $key];
    }

    /** @param array<int, array{kid: string, state: string, key: string}> $keys */
    private static function checkOrder(array $keys): void
    {
        $seen = [];
        $last = 0;
        foreach ($keys as $index => ['kid' => $kid, 'state' => $state]) {
            $rank = (int) array_search($state, self::STATES, true);
            self::need(!isset($seen[$kid]), "keys[$index].kid", "appears twice ($kid)");
            $order = implode(', ', self::STATES);
            self::need($rank >= $last, "keys[$index].state", "is out of order: the order is $order");
            $second = $index > 0 && $rank === $last && ($state === 'pending' || $state === 'current');
            self::need(!$second, "keys[$index].state", "makes a second $state key; at most one is allowed");
            $seen[$kid] = true;
            $last = $rank;
        }
    }

    /**
     * @param array<int, mixed> $revoked
     * @param string[] $kids
     */
    private static function checkRevoked(array $revoked, array $kids): void
    {
        foreach ($revoked as $index => $entry) {
            self::need($entry instanceof \stdClass, "revoked[$index]", 'must be an object');
            $kid = $entry->kid ?? null;
            $isKid = is_string($kid) && preg_match('/^[0-9a-f]{12}$/D', $kid) === 1;
            self::need($isKid, "revoked[$index].kid", 'must be 12 hex digits');
            self::need(!in_array($kid, $kids, true), "revoked[$index].kid", "is also in keys ($kid)");
            self::needTime($entry->at ?? null, "revoked[$index].at");
        }
    }

    /** Length in UTF-16 code units, as JavaScript counts. Needs no extension. */
    private static function length(#[\SensitiveParameter] string $text): int
    {
        return (int) preg_match_all('/[\x00-\x7F\xC0-\xFF]/', $text) + (int) preg_match_all('/[\xF0-\xF7]/', $text);
    }

    private static function whole(\stdClass $document, string $name, int $least, int $most): int
    {
        $value = $document->$name ?? null;
        $isWhole = is_int($value) || (is_float($value) && is_finite($value) && floor($value) === $value);
        self::need($isWhole && $value >= $least && $value <= $most, $name, "must be a whole number from $least to $most");
        return (int) $value;
    }

    /** @return array<int, mixed> */
    private static function list(\stdClass $document, string $name): array
    {
        $value = $document->$name ?? null;
        self::need(is_array($value), $name, 'must be an array');
        return $value;
    }

    private static function needTime(mixed $value, string $path): void
    {
        $isTime = is_string($value) && preg_match(self::TIME, $value) === 1;
        self::need($isTime, $path, 'must be a time such as 2026-11-24T08:00:00.000Z');
    }

    private static function need(bool $holds, string $path, string $problem): void
    {
        if (!$holds) {
            self::refuse($path, $problem);
        }
    }

    private static function refuse(string $path, string $problem): void
    {
        throw new InvalidKeyset("invalid keyset document: $path $problem");
    }
}
