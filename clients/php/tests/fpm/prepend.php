<?php

// Stands until the example stores a snapshot, which says otherwise.

declare(strict_types=1);

header('X-Live-Key-Verdict: quarantined');
