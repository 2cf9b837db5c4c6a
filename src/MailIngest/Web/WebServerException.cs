namespace MailIngest.Web;

/// <summary>The web server cannot listen where the settings say.</summary>
public sealed class WebServerException(string message, Exception inner) : Exception(message, inner);
