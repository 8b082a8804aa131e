<?php

// For routes/api.php, where no CSRF token is asked for. The route is /api/live/snapshot.

declare(strict_types=1);

use App\Jobs\StoreSnapshot;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Route;
use LiveKey\Answer;
use LiveKey\Verifier;

Route::post('/live/snapshot', static function (Request $request, Verifier $verifier) {
    $admission = $verifier->admit($request->server->all());
    if ($admission instanceof Answer) {
        return response('', $admission->status, $admission->headers);
    }
    if ($admission->verdict === 'accepted') {
        dispatch(new StoreSnapshot($request->getContent()));
    } else {
        // Signed with a leaked key: genuine or forged. Set it aside, or confirm it by other means.
        Log::warning('quarantined', ['kid' => $admission->kid]);
    }
    return response('');
});
