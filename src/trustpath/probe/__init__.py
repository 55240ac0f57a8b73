"""The question that facts cannot settle is settled by trying: a short-lived pod under the service account."""
