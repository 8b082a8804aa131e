<?php

declare(strict_types=1);

namespace App\Providers;

use Illuminate\Support\Facades\Log;
use Illuminate\Support\ServiceProvider;
use LiveKey\ApcuStore;
use LiveKey\KeysetCache;
use LiveKey\Verifier;

/** One verifier for the application, by config/services.php: 'live' => ['host' => 'hooks.example.com']. */
final class LiveKeyServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->singleton(Verifier::class, static function (): Verifier {
            $cache = new KeysetCache(
                new ApcuStore(),
                'readSecret',
                onError: static fn (\Throwable $error) => Log::warning('keyset not read', ['error' => $error::class]),
                // In PHP-FPM and in Octane: when the answer has been sent.
                afterAnswer: static fn (callable $work) => app()->terminating($work),
            );
            return new Verifier($cache, config('services.live.host'));
        });
    }
}
