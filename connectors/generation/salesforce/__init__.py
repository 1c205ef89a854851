"""What follows from schemas/ in the Salesforce package: Apex classes, the platform event, and a flow that waits."""
