namespace GHIElectronics.NETMF.Net
{
    /// <summary>How a request went (RFC 9110, section 15).</summary>
    public enum HttpStatusCode
    {
        /// <summary>Go on.</summary>
        Continue = 100,

        /// <summary>It worked.</summary>
        OK = 200,

        /// <summary>Something was made.</summary>
        Created = 201,

        /// <summary>It will be done.</summary>
        Accepted = 202,

        /// <summary>It worked, and there is nothing to say.</summary>
        NoContent = 204,

        /// <summary>A part, as was asked for.</summary>
        PartialContent = 206,

        /// <summary>It is elsewhere now.</summary>
        MovedPermanently = 301,

        /// <summary>It is elsewhere for now.</summary>
        Found = 302,

        /// <summary>The answer is elsewhere.</summary>
        SeeOther = 303,

        /// <summary>It is as it was.</summary>
        NotModified = 304,

        /// <summary>The request is none.</summary>
        BadRequest = 400,

        /// <summary>Say who you are.</summary>
        Unauthorized = 401,

        /// <summary>Not for you.</summary>
        Forbidden = 403,

        /// <summary>There is no such thing.</summary>
        NotFound = 404,

        /// <summary>Not with this method.</summary>
        MethodNotAllowed = 405,

        /// <summary>Not in a form that was asked for.</summary>
        NotAcceptable = 406,

        /// <summary>The request took too long.</summary>
        RequestTimeout = 408,

        /// <summary>Not in this state.</summary>
        Conflict = 409,

        /// <summary>It was there once.</summary>
        Gone = 410,

        /// <summary>Say how long it is.</summary>
        LengthRequired = 411,

        /// <summary>It is too long.</summary>
        RequestEntityTooLarge = 413,

        /// <summary>The address is too long.</summary>
        RequestUriTooLong = 414,

        /// <summary>Not in this form.</summary>
        UnsupportedMediaType = 415,

        /// <summary>The server failed.</summary>
        InternalServerError = 500,

        /// <summary>The server cannot do that.</summary>
        NotImplemented = 501,

        /// <summary>Who was asked in turn gave no answer.</summary>
        BadGateway = 502,

        /// <summary>Not now.</summary>
        ServiceUnavailable = 503,

        /// <summary>Who was asked in turn took too long.</summary>
        GatewayTimeout = 504,

        /// <summary>Not this version of HTTP.</summary>
        HttpVersionNotSupported = 505,
    }
}
