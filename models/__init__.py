"""What travels between a shop and the insurer: models of the XCover APIs, unofficial.

The ground of the house: nothing here imports from `flow`.
"""

from models.bookings import (
    Booking,
    BookingPage,
    CreateBooking,
    InstantBooking,
    InsuredPerson,
    Modification,
    ModifyBooking,
    PolicyholderDetails,
    PolicyholderUpdate,
    QuoteToBook,
    QuoteToModify,
)
from models.cancellations import (
    CancelBooking,
    Cancellation,
    QuoteToCancel,
)
from models.endpoints import ENDPOINTS, Endpoint, Operation
from models.exchange import Answer, Call
from models.instalments import InstalmentAttempt, Instalments, RecordInstalments
from models.mails import Mail, MailEvent, SendEmail
from models.money import Money
from models.offers import (
    ConfirmOffer,
    CreateOffer,
    Offer,
    OfferContext,
    OfferCustomer,
    OfferedItem,
    OfferPartner,
    OfferPolicyholder,
    OptOutOffer,
    PaymentDetails,
)
from models.problems import Problem
from models.quotes import (
    AddQuotes,
    CreateQuotes,
    DeleteQuotes,
    FastQuote,
    OptOut,
    PackageStatus,
    Quote,
    QuotePackage,
    QuoteRequest,
    QuoteStatus,
    QuoteUpdate,
    UpdateQuotes,
)
from models.renewals import ConfirmRenewal, Renewal
from models.tokens import CreateToken, CustomerToken

__all__ = [
    "ENDPOINTS",
    "AddQuotes",
    "Answer",
    "Booking",
    "BookingPage",
    "Call",
    "CancelBooking",
    "Cancellation",
    "ConfirmOffer",
    "ConfirmRenewal",
    "CreateBooking",
    "CreateOffer",
    "CreateQuotes",
    "CreateToken",
    "CustomerToken",
    "DeleteQuotes",
    "Endpoint",
    "FastQuote",
    "InstalmentAttempt",
    "Instalments",
    "InstantBooking",
    "InsuredPerson",
    "Mail",
    "MailEvent",
    "Modification",
    "ModifyBooking",
    "Money",
    "Offer",
    "OfferContext",
    "OfferCustomer",
    "OfferPartner",
    "OfferPolicyholder",
    "OfferedItem",
    "Operation",
    "OptOut",
    "OptOutOffer",
    "PackageStatus",
    "PaymentDetails",
    "PolicyholderDetails",
    "PolicyholderUpdate",
    "Problem",
    "Quote",
    "QuotePackage",
    "QuoteRequest",
    "QuoteStatus",
    "QuoteToBook",
    "QuoteToCancel",
    "QuoteToModify",
    "QuoteUpdate",
    "RecordInstalments",
    "Renewal",
    "SendEmail",
    "UpdateQuotes",
]
