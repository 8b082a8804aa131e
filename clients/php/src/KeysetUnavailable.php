<?php

declare(strict_types=1);

namespace LiveKey;

/** There is no keyset to verify with. Answer 503, never 401. */
final class KeysetUnavailable extends \RuntimeException
{
}
