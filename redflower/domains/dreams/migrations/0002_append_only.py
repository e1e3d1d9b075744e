from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("dreams", "0001_initial")]
    operations = [
        append_only("dreams_call"),
        append_only("dreams_shortlist"),
        append_only("dreams_act"),
        append_only("dreams_round"),
        append_only("dreams_opening"),
        append_only("dreams_dream"),
        append_only("dreams_outcome"),
        append_only("dreams_project"),
        append_only("dreams_ballot"),
        append_only("dreams_ballot_reversal"),
        append_only("dreams_rally"),
        append_only("dreams_verdict"),
        append_only("dreams_feedback"),
        append_only("dreams_feedback_review"),
        append_only("dreams_letter"),
        append_only("dreams_letter_read"),
    ]
