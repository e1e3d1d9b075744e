"""Reading facts as the log tells them, and writing entries by the list, on the driver's own connection.

The same statements serve the follower, who logs a fact once, and the auditor, who asks what the rows say now.
"""
