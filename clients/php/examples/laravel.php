<?php

// A receiver in Laravel: the binding for a service provider, and the route. Put the route where no CSRF token is asked for:
// routes/api.php.

declare(strict_types=1);

use Illuminate\Http\Request;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Route;
use LiveKey\Answer;
use LiveKey\ApcuStore;
use LiveKey\KeysetCache;
use LiveKey\Verifier;

app()->singleton(Verifier::class, static function ($app): Verifier {
    $cache = new KeysetCache(
        new ApcuStore(),
        'readSecret',
        onError: static fn (\Throwable $error) => Log::warning('the keyset was not read', ['error' => get_class($error)]),
        // Octane serves many requests with one process: it reads when the answer is sent.
        afterAnswer: static fn (callable $work) => $app->terminating($work),
    );
    return new Verifier($cache, config('services.live.host'));
});

Route::post('/live/snapshot', static function (Request $request, Verifier $verifier) {
    $admission = $verifier->admit($request->server->all());
    if ($admission instanceof Answer) {
        return response('', $admission->status, $admission->headers);
    }
    if ($admission->verdict === 'accepted') {
        dispatch(new \App\Jobs\StoreSnapshot($request->json()->all()));
    }
    return response('');
});
