"""Receipts, verification and the public files of draws."""

from django.urls import path

from redflower.faces.proof_site.views import draw_files, receipts, verify

urlpatterns = [
    path("g/<str:token>/receipt", receipts.receipt, name="receipt"),
    path("g/<str:token>/receipt.pdf", receipts.receipt_file, name="receipt_file"),
    path("me/receipts/<int:year>", receipts.year, name="receipt_year"),
    path("me/receipts/<int:year>.pdf", receipts.year_file, name="receipt_year_file"),
    path("verify", verify.verify, name="verify"),
    path("verify/entries/<int:index>", verify.entry, name="verify_entry"),
    path("verify/entries/<int:index>.tlog-proof", verify.entry_proof, name="verify_entry_proof"),
    path("verify/gifts/<str:code>.tlog-proof", verify.gift_proof, name="verify_gift_proof"),
    path("verify/draws/<uuid:pool_id>", verify.draw, name="verify_draw"),
    path("verify/totals", verify.totals, name="verify_totals"),
    path("verify/totals/<slug:slug>", verify.totals, name="verify_totals_of"),
    path("verify/verify_draw.py", verify.script, name="verify_script"),
    path("open/draws/index.json", draw_files.draws, name="draws"),
    path("open/draws/<uuid:pool_id>/pool.json", draw_files.draw, name="draw"),
    path("open/draws/<uuid:pool_id>/bonus.ndjson", draw_files.draw_bonus, name="draw_bonus"),
    path("open/draws/<uuid:pool_id>/<str:kind>/<int:part>.ndjson", draw_files.draw_part, name="draw_part"),
]
