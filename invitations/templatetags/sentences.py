from django import template

from communications.said import said

register = template.Library()
register.filter("said", said)
