"""The checklist of `/dashboard/health/` and `manage.py whatsapp_doctor`: checked against Meta and this server, never by
hand. `docs/health.md` explains each line.
"""
