<?php
// Receives webhooks of Mio: takes what is signed with the secret, and refuses everything else.
declare(strict_types=1);

const TOLERANCE_SECONDS = 300;

// Whether Mio has signed this body, not more than five minutes ago. The body must be the bytes as they came.
function verified(array $server, string $body): bool
{
    // One secret, or during a rotation the old and the new one with a space between them.
    $secrets = preg_split('/ +/', (string) getenv('MIO_WEBHOOK_SECRET'), -1, PREG_SPLIT_NO_EMPTY);
    $timestamp = $server['HTTP_X_MIO_TIMESTAMP'] ?? '';
    $signature = $server['HTTP_X_MIO_SIGNATURE'] ?? '';
    if (!preg_match('/\A[0-9]+\z/', $timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    foreach ($secrets as $secret) {
        if (hash_equals(hash_hmac('sha256', "$timestamp.$body", $secret), $signature)) {
            return true;
        }
    }
    return false;
}

http_response_code(verified($_SERVER, file_get_contents('php://input')) ? 204 : 401);
// Answer first, work afterwards. X-Mio-Delivery stays the same when a delivery is sent again.
