<?php

declare(strict_types=1);

namespace LiveKey;

/** The document is invalid. The message names the field and never contains a key. */
final class InvalidKeyset extends \RuntimeException
{
}
