"""Connections and requests as the API shows them."""

from typing import Any

from app.models.crm import CrmConnection, CrmRequest
from app.times import iso, now


def connection_object(connection: CrmConnection) -> dict[str, Any]:
    """`barredUntil` is null when the CRM takes requests, as far as it has said."""
    barred = connection.barred_until
    return {
        "id": str(connection.id),
        "platform": connection.platform,
        "name": connection.name,
        "status": connection.status,
        "statusReason": connection.status_reason,
        "mode": connection.mode,
        "externalId": connection.external_id,
        "externalName": connection.external_name,
        "defaultCountry": connection.default_country,
        "logs": connection.logs,
        "loginUrl": connection.login_url,
        "username": connection.username,
        "barredUntil": iso(barred if barred is not None and barred > now() else None),
        "createdAt": iso(connection.created_at),
        "updatedAt": iso(connection.updated_at),
    }


def request_object(request: CrmRequest) -> dict[str, Any]:
    """`body` is what would have been written, where `sent` is false."""
    return {
        "id": str(request.id),
        "jobId": str(request.job_id) if request.job_id else None,
        "purpose": request.purpose,
        "method": request.method,
        "path": request.path,
        "sent": request.sent,
        "body": request.body,
        "statusCode": request.status_code,
        "error": request.error,
        "errorDetail": request.error_detail,
        "durationMs": request.duration_ms,
        "createdAt": iso(request.created_at),
    }
