import os

from django.core.wsgi import get_wsgi_application

from pyfactor import start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pyfactor.settings")

application = get_wsgi_application()
start.require_correct_settings()
start.warn_of_pages_that_will_fail()
