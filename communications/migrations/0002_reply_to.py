from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communications', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='reply_to',
            field=models.CharField(blank=True, help_text='The wamid of the message that this answers.', max_length=255),
        ),
    ]
